# title: reserved groups, rules by output device, and what a tunnel counts
# level: medium
# shows: group_fwd_mask lets LLDP through a bridge; ip rule oif; a tunnel that is just too small, far too small, or without a way
ip netns add a
ip netns add s
ip netns add b
ip link add ea address 02:00:00:00:00:0a netns a type veth peer name pa address 02:00:00:00:00:1a netns s
ip link add eb address 02:00:00:00:00:0b netns b type veth peer name pb address 02:00:00:00:00:1b netns s
ip netns exec s ip link add br0 address 02:00:00:00:00:10 type bridge
ip netns exec s ip link set pa master br0
ip netns exec s ip link set pb master br0
ip netns exec s ip link set br0 up
ip netns exec s ip link set pa up
ip netns exec s ip link set pb up
ip netns exec a ip link set ea up
ip netns exec b ip link set eb up
ip netns exec a ip addr add 10.0.0.1/24 dev ea
ip netns exec b ip addr add 10.0.0.2/24 dev eb
ip netns exec a ip neigh add 10.0.0.9 lladdr 01:80:c2:00:00:0e dev ea
ip netns exec a ip neigh add 10.0.0.10 lladdr 01:80:c2:00:00:02 dev ea
ip netns exec a ip neigh add 10.0.0.11 lladdr 01:80:c2:00:00:03 dev ea
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec a ping -c 1 -W 1 10.0.0.9
ip netns exec s ip link set br0 type bridge group_fwd_mask 0x4004
ip netns exec s ip link set br0 type bridge group_fwd_mask 0x4000
ip netns exec a ping -c 1 -W 1 10.0.0.9
ip netns exec a ping -c 1 -W 1 10.0.0.10
ip netns exec a ping -c 1 -W 1 10.0.0.11
sleep 2
ip netns exec a ip link add ec address 02:00:00:00:00:0c type veth peer name pc address 02:00:00:00:00:1c netns s
ip netns exec a ip link set ec up
ip netns exec s ip link set pc up
ip netns exec a ip addr add 10.3.0.1/24 dev ec
ip netns exec s ip addr add 10.3.0.2/24 dev pc
ip netns exec a ip rule add oif ec table 77 pref 100
ip netns exec a ip rule show
ip netns exec a ip route add 10.9.0.0/16 via 10.0.0.2
ip netns exec a ip route add 10.9.0.0/16 via 10.3.0.2 dev ec table 77
ip netns exec a ip route get 10.9.0.1
ip netns exec a ip route get 10.9.0.1 oif ec
ip netns exec a ip route get 10.9.0.1 oif ea
ip netns exec a ip route add 10.9.0.0/16 tos 0x10 via 10.3.0.2
ip netns exec a ip route show 10.9.0.0/16
ip netns exec a ip route get 10.9.0.1 tos 0x10
ip netns exec a ip route get 10.9.0.1 tos 0x08
ip netns exec a ip route get 10.9.0.1 tos 0x12
ip netns exec a ping -c 1 -W 1 -I ec 10.9.0.1
ip netns exec a ping -c 1 -W 1 10.9.0.1
ip netns exec a ip rule add iif lo table 78 pref 90
ip netns exec a ip route add prohibit 10.9.7.0/24 table 78
ip netns exec a ip route get 10.9.7.1
ip netns exec a ip route get 10.9.7.1 oif ec
ip netns exec s ip addr add 10.0.0.3/24 dev br0
ip netns exec s ip link add vx address 02:00:00:00:00:20 type vxlan id 7 local 10.0.0.3 remote 10.0.0.2 dstport 4789
ip netns exec b ip link add vx address 02:00:00:00:00:21 type vxlan id 7 local 10.0.0.2 remote 10.0.0.3 dstport 4789
ip netns exec s ip link add br7 address 02:00:00:00:00:27 type bridge
ip netns exec s ip link set br7 up
ip netns exec s ip link set vx master br7 up
ip netns exec s ip link set pc master br7
ip netns exec b ip link set vx up
ip netns exec b ip addr add 10.3.0.7/24 dev vx
sleep 1
ip netns exec a ip rule del pref 100
ip netns exec a ping -c 1 -W 1 -M do -s 1422 10.3.0.7
ip netns exec a ping -c 1 -W 1 -M do -s 1423 10.3.0.7
ip netns exec a ip route get 10.3.0.7
ip netns exec a ip route flush cache
ip netns exec s ip route add 10.0.0.2 dev br0 mtu 626
ip netns exec a ping -c 1 -W 1 -M do -s 549 10.3.0.7
ip netns exec s ip route del 10.0.0.2
ip netns exec s ip route add 10.0.0.2 dev br0 mtu 625
ip netns exec a ip route flush cache
ip netns exec a ping -c 1 -W 1 -M do -s 549 10.3.0.7
ip netns exec s ip -s link show vx
ip netns exec s ip route del 10.0.0.2
ip netns exec s ip addr flush dev br0
ip netns exec a ping -c 1 -W 1 10.3.0.7
ip netns exec s ip -s link show vx
