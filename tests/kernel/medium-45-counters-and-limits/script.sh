# title: counters, ageing, and limits per address
# level: medium
# shows: What devices count; a VXLAN device that forgets what it learnt; hashlimit by source and by port
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
ip netns exec r iptables -A FORWARD -i e0 -m hashlimit --hashlimit-name one --hashlimit-mode srcip --hashlimit-upto 1/hour --hashlimit-burst 3
ip netns exec r iptables -A FORWARD -i e0 -m hashlimit --hashlimit-name two --hashlimit-mode srcip,dstport --hashlimit-upto 1/hour --hashlimit-burst 1
ip netns exec r iptables -A FORWARD -i e0 -m hashlimit --hashlimit-name three --hashlimit-mode srcip --hashlimit-srcmask 24 --hashlimit-upto 1/hour --hashlimit-burst 2
ip netns exec r iptables -A FORWARD -i e0 -m hashlimit --hashlimit-name four --hashlimit-mode dstip --hashlimit-above 1/hour --hashlimit-burst 2
ip netns exec a ip addr add 10.0.1.3/24 dev ea
echo hi | ip netns exec a nc -u -s 10.0.1.2 -p 2100 -w 1 10.0.2.2 97
echo hi | ip netns exec a nc -u -s 10.0.1.2 -p 2101 -w 1 10.0.2.2 97
echo hi | ip netns exec a nc -u -s 10.0.1.2 -p 2102 -w 1 10.0.2.2 98
echo hi | ip netns exec a nc -u -s 10.0.1.3 -p 2103 -w 1 10.0.2.2 97
echo hi | ip netns exec a nc -u -s 10.0.1.3 -p 2104 -w 1 10.0.2.2 99
ip netns exec a ping -c 1 -W 1 -I 10.0.1.3 10.0.2.2
ip netns exec r iptables -nvxL FORWARD
ip netns exec a ip link add vx address 02:00:00:00:0a:01 type vxlan id 7 local 10.0.1.2 remote 10.0.2.2 dstport 4789 ageing 2
ip netns exec b ip link add vx address 02:00:00:00:0a:02 type vxlan id 7 local 10.0.2.2 remote 10.0.1.2 dstport 4789 ageing 300
ip netns exec a ip link set vx up
ip netns exec b ip link set vx up
ip netns exec a ip addr add 10.7.0.1/24 dev vx
ip netns exec b ip link add br0 address 02:00:00:00:0b:01 type bridge
ip netns exec b ip link set vx master br0
ip netns exec b ip link set br0 up
ip netns exec b ip addr add 10.7.0.2/24 dev br0
sleep 1
ip netns exec a ping -c 2 -W 1 10.7.0.2
ip netns exec a bridge fdb show dev vx
ip netns exec a ip -s link show vx
ip netns exec b ip -s link show vx
ip netns exec b ip -s link show br0
sleep 7
ip netns exec a bridge fdb show dev vx
ip netns exec b bridge fdb show dev vx
