# title: IPv6 frames between two namespaces
# level: easy
# shows: neighbour solicitation and advertisement, echo, a group, a neighbour that is not there
ip netns add a
ip netns add b
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
ip link add ea address 02:00:00:00:0a:01 type veth peer name eb address 02:00:00:00:0b:01
ip link set ea netns a
ip link set eb netns b
ip netns exec a ip link set ea up
ip netns exec b ip link set eb up
sleep 4
ip netns exec a ip addr add 2001:db8:1::a/64 dev ea nodad
ip netns exec b ip addr add 2001:db8:1::b/64 dev eb nodad
ip netns exec a ping -c 2 -i 0.2 2001:db8:1::b
ip netns exec a ip -6 neigh
ip netns exec b ip -6 neigh
ip netns exec a ping -c 1 -s 1300 -t 9 2001:db8:1::b
ip netns exec a ping -c 1 -W 1 ff02::1%ea
ip netns exec a ping -c 1 -W 2 2001:db8:1::99
ip netns exec a ping -c 1 2001:db8:9::99
