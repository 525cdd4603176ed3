# title: who is behind a VXLAN device
# level: medium
# shows: fdb entries added, appended, replaced and deleted; the limit of learnt addresses; several remotes of one entry; ports and VNIs of remotes
ip netns add a
ip netns add b
ip netns add c
ip link add br0 address 02:00:00:00:ff:01 type bridge
ip link set br0 up
ip link add va address 02:00:00:00:ff:11 type veth peer name ea address 02:00:00:00:01:01
ip link add vb address 02:00:00:00:ff:12 type veth peer name eb address 02:00:00:00:01:02
ip link add vc address 02:00:00:00:ff:13 type veth peer name ec address 02:00:00:00:01:03
ip link set ea netns a
ip link set eb netns b
ip link set ec netns c
ip link set va master br0
ip link set vb master br0
ip link set vc master br0
ip link set va up
ip link set vb up
ip link set vc up
ip netns exec a ip link set ea up
ip netns exec b ip link set eb up
ip netns exec c ip link set ec up
ip netns exec a ip addr add 10.0.0.1/24 dev ea
ip netns exec b ip addr add 10.0.0.2/24 dev eb
ip netns exec c ip addr add 10.0.0.3/24 dev ec
ip netns exec a ip link add vx address 02:00:00:00:0a:01 type vxlan id 7 local 10.0.0.1 dstport 4789 maxaddress 1
ip netns exec b ip link add vx address 02:00:00:00:0a:02 type vxlan id 7 local 10.0.0.2 dstport 4789
ip netns exec c ip link add vx address 02:00:00:00:0a:03 type vxlan id 7 local 10.0.0.3 dstport 4789
ip netns exec a ip link set vx up
ip netns exec b ip link set vx up
ip netns exec c ip link set vx up
ip netns exec a ip addr add 10.7.0.1/24 dev vx
ip netns exec b ip addr add 10.7.0.2/24 dev vx
ip netns exec c ip addr add 10.7.0.3/24 dev vx
sleep 1
ip netns exec a ping -c 1 -W 1 10.7.0.2
ip netns exec a bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.2
ip netns exec a bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.3
ip netns exec b bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.1
ip netns exec c bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.1
ip netns exec a bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.3
ip netns exec a bridge fdb show dev vx
ip netns exec a ping -c 1 -W 1 10.7.0.2
ip netns exec a ping -c 1 -W 1 10.7.0.3
ip netns exec a bridge fdb show dev vx
ip netns exec b bridge fdb show dev vx
ip netns exec a bridge fdb add 02:00:00:00:0a:03 dev vx dst 10.0.0.3
ip netns exec a bridge fdb add 02:00:00:00:0a:03 dev vx dst 10.0.0.2
ip netns exec a bridge fdb replace 02:00:00:00:0a:03 dev vx dst 10.0.0.2
ip netns exec a bridge fdb show dev vx
ip netns exec a ping -c 1 -W 1 10.7.0.3
ip netns exec a bridge fdb replace 02:00:00:00:0a:03 dev vx dst 10.0.0.3 vni 8
ip netns exec a bridge fdb show dev vx
ip netns exec a ping -c 1 -W 1 10.7.0.3
ip netns exec a bridge fdb replace 02:00:00:00:0a:03 dev vx dst 10.0.0.3 port 4790
ip netns exec a ping -c 1 -W 1 10.7.0.3
ip netns exec a bridge fdb del 02:00:00:00:0a:03 dev vx dst 10.0.0.3 port 4790
ip netns exec a bridge fdb del 02:00:00:00:0a:03 dev vx
ip netns exec a bridge fdb del 00:00:00:00:00:00 dev vx dst 10.0.0.3
ip netns exec a bridge fdb show dev vx
ip netns exec c ping -c 1 -W 1 10.7.0.1
ip netns exec a bridge fdb flush dev vx
ip netns exec a bridge fdb show dev vx
ip netns exec a ping -c 1 -W 1 10.7.0.2
