# title: A ping that a rule of its own host rejects
# level: medium
# shows: REJECT in OUTPUT tells the sender itself, and the send fails as well: ping tells both
ip netns add b
ip netns exec b ip link set lo up
ip netns exec b ip addr add 10.0.0.3/24 dev lo
ip netns exec b iptables -I OUTPUT -p icmp --icmp-type echo-request -j REJECT --reject-with icmp-net-unreachable
ip netns exec b ping -n -c 1 -W 1 10.0.0.3
ip netns exec b ping -n -c 2 -i 0.3 -W 1 127.0.0.1
ip netns exec b iptables -F OUTPUT
ip netns exec b ping -n -c 1 -W 1 10.0.0.3
