# title: ways through chains, and ranges of NAT
# level: hard
# shows: return, goto, nested chains; ranges of addresses and ports for SNAT and DNAT, shifted ports, what happens when ports clash
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
ip netns exec r iptables -N ONE
ip netns exec r iptables -N TWO
ip netns exec r iptables -N THREE
ip netns exec r iptables -A FORWARD -i e0 -j ONE
ip netns exec r iptables -A FORWARD -i e0
ip netns exec r iptables -A FORWARD -i e0 -g TWO
ip netns exec r iptables -A FORWARD -i e0 -j DROP
ip netns exec r iptables -A ONE -g TWO
ip netns exec r iptables -A ONE -j DROP
ip netns exec r iptables -A TWO -j THREE
ip netns exec r iptables -A TWO
ip netns exec r iptables -A TWO -p icmp -j RETURN
ip netns exec r iptables -A THREE -p icmp -j RETURN
ip netns exec r iptables -A THREE -p udp --dport 99 -j DROP
ip netns exec r iptables -A THREE -p udp --dport 98 -j ACCEPT
ip netns exec a ping -c 1 -W 1 10.0.2.2
echo hi | ip netns exec a nc -u -p 2100 -w 1 10.0.2.2 99
echo hi | ip netns exec a nc -u -p 2100 -w 1 10.0.2.2 98
echo hi | ip netns exec a nc -u -p 2100 -w 1 10.0.2.2 97
ip netns exec r iptables -nvxL
ip netns exec r iptables -F
ip netns exec r ip addr add 10.0.2.50/24 dev e1
ip netns exec r iptables -t nat -A POSTROUTING -o e1 -p udp -j SNAT --to-source 10.0.2.50:5000
ip netns exec r iptables -t nat -A POSTROUTING -o e1 -p icmp -j SNAT --to-source 10.0.2.50
ip netns exec r iptables -t nat -A PREROUTING -i e0 -p udp --dport 8000:8010 -j DNAT --to-destination 10.0.2.2:9000-9010/8000
ip netns exec r iptables -t nat -A PREROUTING -i e0 -p tcp --dport 81 -j DNAT --to-destination :80
ip netns exec r iptables -t nat -A PREROUTING -i e0 -p tcp --dport 82 -j REDIRECT --to-ports 83
echo hi | ip netns exec a nc -u -p 2100 -w 1 10.0.2.2 97
echo hi | ip netns exec a nc -u -p 2101 -w 1 10.0.2.2 97
echo hi | ip netns exec a nc -u -p 2102 -w 1 10.0.2.2 97
echo hi | ip netns exec a nc -u -p 2103 -w 1 10.0.2.2 96
echo hi | ip netns exec a nc -u -p 2104 -w 1 10.0.1.1 8003
ip netns exec a ping -c 1 -W 1 10.0.2.2
ip netns exec a nc -z -p 40001 -w 1 10.0.2.2 81
ip netns exec a nc -z -p 40002 -w 1 10.0.2.2 82
