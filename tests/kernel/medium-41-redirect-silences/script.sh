# title: What a redirect silences, and what silences it
# level: medium
# shows: after a redirect a router tells nobody of a missing route for a second; with a nat table no redirect about a new connection
ip netns add a
ip netns add r
ip link add ea netns a type veth peer name er netns r
ip netns exec a ip addr add 10.1.0.2/24 dev ea
ip netns exec a ip link set ea up
ip netns exec r ip addr add 10.1.0.1/24 dev er
ip netns exec r ip link set er up
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip netns exec a ip route add 10.0.0.0/8 via 10.1.0.1
ip netns exec r ip route add 10.3.0.0/24 via 10.1.0.2
ip netns exec a ping -n -c 1 -W 0.3 10.3.0.3
ip netns exec a ping -n -c 1 -W 0.3 10.2.0.2
sleep 1.5
ip netns exec a ping -n -c 1 -W 1 10.2.0.2
ip netns exec r iptables -t nat -A POSTROUTING -d 10.9.9.9 -j MASQUERADE
sleep 21
ip netns exec a ping -n -c 2 -i 0.5 -W 1 10.3.0.4
