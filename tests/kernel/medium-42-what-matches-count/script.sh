# title: what every match counts
# level: medium
# shows: Rules without target count what they match: ttl, tos, length, ports, flags, address types, marks, connection states, nth, limit, u32
ip netns add a
ip netns add r
ip netns add b
ip link add ea address 02:00:00:00:01:01 netns a type veth peer name e0 address 02:00:00:00:01:02 netns r
ip link add eb address 02:00:00:00:02:01 netns b type veth peer name e1 address 02:00:00:00:02:02 netns r
ip netns exec a ip link set ea up
ip netns exec r ip link set e0 up
ip netns exec r ip link set e1 up
ip netns exec b ip link set eb up
ip netns exec a ip addr add 10.0.1.2/24 dev ea
ip netns exec r ip addr add 10.0.1.1/24 dev e0
ip netns exec r ip addr add 10.0.2.1/24 dev e1
ip netns exec b ip addr add 10.0.2.2/24 dev eb
ip netns exec a ip route add default via 10.0.1.1
ip netns exec b ip route add default via 10.0.2.1
ip netns exec r sysctl -w net.ipv4.ip_forward=1
ip netns exec r iptables -t mangle -A PREROUTING -m ttl --ttl-eq 9
ip netns exec r iptables -t mangle -A PREROUTING -m ttl --ttl-lt 9
ip netns exec r iptables -t mangle -A PREROUTING -m ttl --ttl-gt 9
ip netns exec r iptables -t mangle -A PREROUTING -m ttl ! --ttl-eq 9
ip netns exec r iptables -t mangle -A PREROUTING -m tos --tos 0x20/0xff
ip netns exec r iptables -t mangle -A PREROUTING -m tos ! --tos 0x20/0xe0
ip netns exec r iptables -t mangle -A PREROUTING -m dscp --dscp 8
ip netns exec r iptables -t mangle -A PREROUTING -m dscp ! --dscp 8
ip netns exec r iptables -t mangle -A PREROUTING -m length --length 90:200
ip netns exec r iptables -t mangle -A PREROUTING -m length ! --length 84
ip netns exec r iptables -t mangle -A PREROUTING -p icmp -m icmp --icmp-type echo-request
ip netns exec r iptables -t mangle -A PREROUTING -p icmp -m icmp --icmp-type 3/3
ip netns exec r iptables -t mangle -A PREROUTING -p icmp -m icmp ! --icmp-type echo-reply
ip netns exec r iptables -t mangle -A PREROUTING -p udp -m udp --dport 53
ip netns exec r iptables -t mangle -A PREROUTING -p udp -m udp --sport 2000:3000
ip netns exec r iptables -t mangle -A PREROUTING -p udp -m udp ! --dport 53
ip netns exec r iptables -t mangle -A PREROUTING -p udp -m udp ! --sport 2000:3000
ip netns exec r iptables -t mangle -A PREROUTING -p tcp -m tcp --syn
ip netns exec r iptables -t mangle -A PREROUTING -p tcp -m tcp --tcp-flags ACK,RST ACK,RST
ip netns exec r iptables -t mangle -A PREROUTING -p tcp -m tcp ! --tcp-flags SYN,ACK SYN
ip netns exec r iptables -t mangle -A PREROUTING -p udp -m multiport --dports 53,100:200
ip netns exec r iptables -t mangle -A PREROUTING -p udp -m multiport --sports 2100,4000
ip netns exec r iptables -t mangle -A PREROUTING -p udp -m multiport --ports 53
ip netns exec r iptables -t mangle -A PREROUTING -p udp -m multiport ! --dports 53,100:200
ip netns exec r iptables -t mangle -A PREROUTING -m mac --mac-source 02:00:00:00:01:01
ip netns exec r iptables -t mangle -A PREROUTING -m mac ! --mac-source 02:00:00:00:01:01
ip netns exec r iptables -t mangle -A PREROUTING -m addrtype --dst-type UNICAST
ip netns exec r iptables -t mangle -A PREROUTING -m addrtype --dst-type LOCAL
ip netns exec r iptables -t mangle -A PREROUTING -m addrtype --dst-type BROADCAST
ip netns exec r iptables -t mangle -A PREROUTING -m addrtype --src-type UNICAST --limit-iface-in
ip netns exec r iptables -t mangle -A PREROUTING -m addrtype ! --src-type LOCAL
ip netns exec r iptables -t mangle -A PREROUTING -m pkttype --pkt-type unicast
ip netns exec r iptables -t mangle -A PREROUTING -m pkttype --pkt-type broadcast
ip netns exec r iptables -t mangle -A PREROUTING -m iprange --src-range 10.0.1.2-10.0.1.9
ip netns exec r iptables -t mangle -A PREROUTING -m iprange ! --dst-range 10.0.2.0-10.0.2.255
ip netns exec r iptables -t mangle -A PREROUTING -s 10.0.1.0/24 -d 10.0.2.2
ip netns exec r iptables -t mangle -A PREROUTING ! -s 10.0.1.0/24
ip netns exec r iptables -t mangle -A PREROUTING -i e0
ip netns exec r iptables -t mangle -A PREROUTING ! -i e0
ip netns exec r iptables -t mangle -A PREROUTING -i e+
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctstate NEW
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctstate ESTABLISHED
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctstate RELATED
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack ! --ctstate NEW
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctproto udp
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctorigsrc 10.0.1.2 --ctorigdst 10.0.2.2
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctreplsrc 10.0.2.2
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctorigdstport 53
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctdir ORIGINAL
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctdir REPLY
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctstatus SEEN_REPLY
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctstatus CONFIRMED
ip netns exec r iptables -t mangle -A PREROUTING -m conntrack --ctexpire 1:1000
ip netns exec r iptables -t mangle -A PREROUTING -m state --state NEW
ip netns exec r iptables -t mangle -A PREROUTING -m statistic --mode nth --every 3 --packet 0
ip netns exec r iptables -t mangle -A PREROUTING -m statistic --mode nth --every 3 --packet 1
ip netns exec r iptables -t mangle -A PREROUTING -m limit --limit 1/hour --limit-burst 2
ip netns exec r iptables -t mangle -A PREROUTING -m limit --limit 1/hour --limit-burst 4
ip netns exec r iptables -t mangle -A PREROUTING -m u32 --u32 "6&0xFF=17"
ip netns exec r iptables -t mangle -A PREROUTING -m u32 --u32 "0>>22&0x3C@0>>24=8"
ip netns exec r iptables -t mangle -A PREROUTING -m quota --quota 200
ip netns exec r iptables -t mangle -A PREROUTING -m comment --comment "all"
ip netns exec a ping -c 2 -W 1 10.0.2.2
ip netns exec a ping -c 1 -W 1 -t 9 -Q 0x20 10.0.2.2
ip netns exec a ping -c 1 -W 1 -s 100 10.0.1.1
ip netns exec a ping -c 1 -W 1 -t 8 -s 40 10.0.2.2
echo hi | ip netns exec a nc -u -p 2100 -w 1 10.0.2.2 53
echo hi | ip netns exec a nc -u -p 4000 -w 1 10.0.2.2 150
echo hi | ip netns exec a nc -u -p 3500 -w 1 10.0.2.2 300
ip netns exec a nc -z -w 1 10.0.2.2 80
ip netns exec a ping -b -c 1 -W 1 10.0.1.255
ip netns exec r iptables -t mangle -nvxL PREROUTING
