#!/bin/sh
# The kernel's datapath. A kernel that has it built in has no module, and one that lacks it is told by ovs-vswitchd.
modprobe openvswitch || echo "load-module: no module openvswitch; going on"
for tunnel in geneve vxlan; do modprobe "$tunnel" 2>/dev/null || true; done
