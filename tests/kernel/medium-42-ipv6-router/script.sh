# title: An IPv6 router with a bridge, and its errors
# level: medium
# shows: forwarding, time exceeded, no route, address unreachable, packet too big, groups in the forwarding database
ip netns add a
ip netns add r
ip netns add b
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
ip netns exec r sysctl -w net.ipv6.conf.all.forwarding=1
ip link add ea address 02:00:00:00:0a:01 type veth peer name pa address 02:00:00:00:0c:01
ip link add eb address 02:00:00:00:0b:01 type veth peer name pb address 02:00:00:00:0c:02
ip link set ea netns a
ip link set pa netns r
ip link set eb netns b
ip link set pb netns r
ip netns exec r ip link add br0 address 02:00:00:00:0c:00 type bridge
sleep 0.1
ip netns exec r ip link set pa master br0
ip netns exec r ip link set br0 up
ip netns exec r ip link set pa up
ip netns exec a ip link set ea up
ip netns exec r ip link set pb up mtu 1400
ip netns exec b ip link set eb up
ip netns exec r ip addr add 2001:db8:1::1/64 dev br0
ip netns exec r ip addr add 2001:db8:2::1/64 dev pb
ip netns exec a ip addr add 2001:db8:1::a/64 dev ea
ip netns exec b ip addr add 2001:db8:2::b/64 dev eb
sleep 4
ip netns exec a ip -6 route add default via 2001:db8:1::1
ip netns exec b ip -6 route add default via 2001:db8:2::1
ip netns exec a ip -6 route
ip netns exec r ip addr show dev br0
ip netns exec r ip -6 route show dev br0
ip netns exec r ip -6 route show dev pb
ip netns exec r ip -6 route show table local dev br0
ip netns exec r ip maddr show dev br0
ip netns exec r bridge fdb show dev pa
ip netns exec a ping -c 2 -i 0.2 2001:db8:2::b
ip netns exec a ping -c 1 -t 1 2001:db8:2::b
ip netns exec a ping -c 1 2001:db8:3::b
ip netns exec a ping -c 1 2001:db8:2::77
ip netns exec a ping -c 2 -s 1390 -M do 2001:db8:2::b
ip netns exec a ip -6 route get 2001:db8:2::b
ip netns exec r ip -6 route add blackhole 2001:db8:4::/64
ip netns exec r ip -6 route add unreachable 2001:db8:5::/64
ip netns exec a ping -c 1 2001:db8:5::1
ip netns exec r ip -6 route show 2001:db8::/32
ip netns exec r ip -6 route show root 2001:db8:4::/47
ip netns exec a ip -6 route add 2001:db8:2::/64 via 2001:db8:1::1
ip netns exec a ip -6 route add 2001:db8:2::/64 via 2001:db8:1::1
ip netns exec a ip -6 route del 2001:db8:7::/64
ip netns exec a ip -6 route
