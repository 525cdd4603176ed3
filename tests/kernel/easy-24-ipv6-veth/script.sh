# title: Two namespaces with IPv6 and one veth pair
# level: easy
# shows: link-local addresses, duplicate detection, groups, routes, neighbours, echo
ip netns add a
ip netns add b
ip netns exec a sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
ip netns exec b sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
ip link add ea address 02:00:00:00:0a:01 type veth peer name eb address 02:00:00:00:0b:01
ip link set ea netns a
ip link set eb netns b
ip netns exec a ip link set lo up
ip netns exec a ip link set ea up
ip netns exec b ip link set eb up
sleep 0.2
ip netns exec a ip -6 addr show dev ea
sleep 3
ip netns exec a ip addr show
ip netns exec a ip -br addr
ip netns exec a ip -6 route
ip netns exec a ip -6 route show table local
ip netns exec a ip maddr show dev ea
ip netns exec a ping -c 1 ::1
ip netns exec a ping -c 2 -i 0.2 fe80::ff:fe00:b01%ea
ip netns exec a ip -6 neigh
ip netns exec b ip -6 neigh
ip netns exec a ip addr add 2001:db8:1::a/64 dev ea nodad
ip netns exec b ip addr add 2001:db8:1::b/64 dev eb
ip netns exec b ip -6 addr show dev eb
sleep 3
ip netns exec b ip -6 addr show dev eb
ip netns exec a ping -c 1 2001:db8:1::b
ip netns exec a ip -6 route
ip netns exec a ip -6 route get 2001:db8:1::b
ip netns exec a ping -c 1 2001:db8:9::1
ip netns exec a ping -c 1 2001:db8:1::99
ip netns exec a ip addr add 2001:db8:1::b/64 dev ea
sleep 2
ip netns exec a ip -6 addr show dev ea
ip netns exec a ip addr add 2001:db8:1::a/64 dev ea
ip netns exec a ip addr del 2001:db8:1::77/64 dev ea
ip netns exec a ip link set ea down
ip netns exec a ip -6 addr
ip netns exec a ip -6 route
ip netns exec b sysctl -w net.ipv6.conf.eb.disable_ipv6=1
ip netns exec b ip addr show dev eb
