# title: marks of packets and connections
# level: medium
# shows: MARK and CONNMARK with masks, save and restore, fwmark rules that choose another table, owner, TOS and TTL rewritten
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
ip netns exec r iptables -t mangle -A PREROUTING -p icmp -j MARK --set-xmark 0x12/0xff
ip netns exec r iptables -t mangle -A PREROUTING -m mark --mark 0x12
ip netns exec r iptables -t mangle -A PREROUTING -m mark --mark 0x10/0xf0
ip netns exec r iptables -t mangle -A PREROUTING -m mark --mark 0x2/0xf0
ip netns exec r iptables -t mangle -A PREROUTING -m mark ! --mark 0x12
ip netns exec r iptables -t mangle -A PREROUTING -p icmp -j MARK --or-mark 0x101
ip netns exec r iptables -t mangle -A PREROUTING -m mark --mark 0x113
ip netns exec r iptables -t mangle -A PREROUTING -p icmp -j MARK --and-mark 0xff
ip netns exec r iptables -t mangle -A PREROUTING -m mark --mark 0x13
ip netns exec r iptables -t mangle -A PREROUTING -p icmp -j MARK --xor-mark 0x3
ip netns exec r iptables -t mangle -A PREROUTING -m mark --mark 0x10
ip netns exec r iptables -t mangle -A PREROUTING -i e0 -p icmp -j CONNMARK --save-mark --nfmask 0xf0 --ctmask 0xff
ip netns exec r iptables -t mangle -A PREROUTING -m connmark --mark 0x10
ip netns exec r iptables -t mangle -A PREROUTING -i e0 -p udp -j CONNMARK --set-mark 0x77
ip netns exec r iptables -t mangle -A PREROUTING -p udp -j MARK --set-mark 0x8
ip netns exec r iptables -t mangle -A PREROUTING -i e0 -p udp -j CONNMARK --save-mark --nfmask 0xf --ctmask 0xf
ip netns exec r iptables -t mangle -A PREROUTING -m connmark --mark 0x78
ip netns exec r iptables -t mangle -A PREROUTING -p udp -j MARK --set-mark 0x3
ip netns exec r iptables -t mangle -A PREROUTING -p udp -j CONNMARK --restore-mark --nfmask 0xf0 --ctmask 0xf0
ip netns exec r iptables -t mangle -A PREROUTING -m mark --mark 0x73
ip netns exec r iptables -t mangle -A PREROUTING -m connmark ! --mark 0x78
ip netns exec r iptables -t mangle -A POSTROUTING -o e1 -p icmp -j TOS --set-tos 0x10/0x3c
ip netns exec r iptables -t mangle -A POSTROUTING -o e1 -p udp -j DSCP --set-dscp 0x2e
ip netns exec r iptables -t mangle -A PREROUTING -i e0 -p icmp -j TTL --ttl-inc 5
ip netns exec r iptables -t mangle -A PREROUTING -i e0 -p udp -j TTL --ttl-set 7
ip netns exec r iptables -t mangle -A PREROUTING -i e1 -p icmp -j TTL --ttl-dec 3
ip netns exec a ping -c 2 -W 1 -Q 0xe8 10.0.2.2
echo hi | ip netns exec a nc -u -p 2100 -w 1 10.0.2.2 53
ip netns exec r iptables -t mangle -nvxL PREROUTING
ip netns exec r iptables -t mangle -F
ip netns exec a iptables -A OUTPUT -m owner --uid-owner 0
ip netns exec a iptables -A OUTPUT -m owner --uid-owner 1
ip netns exec a iptables -A OUTPUT -m owner ! --uid-owner 1
ip netns exec a iptables -A OUTPUT -m owner --gid-owner 0-5
ip netns exec a iptables -A OUTPUT -m owner --socket-exists
ip netns exec a iptables -A OUTPUT -m owner ! --socket-exists
ip netns exec a ping -c 1 -W 1 10.0.2.2
ip netns exec b ping -c 2 -W 1 10.0.1.2
ip netns exec a iptables -nvxL OUTPUT
ip netns exec r ip addr add 10.0.9.1/32 dev lo
ip netns exec r ip route add blackhole default table 100
ip netns exec r ip rule add fwmark 0x5/0xf lookup 100
ip netns exec r iptables -t mangle -A PREROUTING -p icmp --icmp-type echo-request -m length --length 100 -j MARK --set-mark 0x15
ip netns exec r iptables -t mangle -A PREROUTING -p icmp --icmp-type echo-request -m length --length 101 -j MARK --set-mark 0x14
ip netns exec a ping -c 1 -W 1 -s 72 10.0.2.2
ip netns exec a ping -c 1 -W 1 -s 73 10.0.2.2
ip netns exec a ping -c 1 -W 1 -s 74 10.0.2.2
ip netns exec r ip rule add iif e1 lookup 100
ip netns exec a ping -c 1 -W 1 -s 74 10.0.2.2
ip netns exec r ip rule del iif e1
ip netns exec r ip rule add not from 10.0.1.0/24 lookup 100
ip netns exec a ping -c 1 -W 1 -s 74 10.0.2.2
ip netns exec a ping -c 1 -W 1 -s 74 10.0.1.1
ip netns exec r ip rule show
