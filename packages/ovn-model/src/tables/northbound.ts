import { acl } from './nb/acl.ts';
import { addressSet } from './nb/address-set.ts';
import { bfd } from './nb/bfd.ts';
import { chassisTemplateVar } from './nb/chassis-template-var.ts';
import { dhcpOptions } from './nb/dhcp-options.ts';
import { dns } from './nb/dns.ts';
import { gatewayChassis } from './nb/gateway-chassis.ts';
import { haChassis } from './nb/ha-chassis.ts';
import { haChassisGroup } from './nb/ha-chassis-group.ts';
import { loadBalancer } from './nb/load-balancer.ts';
import { loadBalancerGroup } from './nb/load-balancer-group.ts';
import { loadBalancerHealthCheck } from './nb/load-balancer-health-check.ts';
import { logicalRouter } from './nb/logical-router.ts';
import { logicalRouterPolicy } from './nb/logical-router-policy.ts';
import { logicalRouterPort } from './nb/logical-router-port.ts';
import { logicalRouterStaticRoute } from './nb/logical-router-static-route.ts';
import { logicalSwitch } from './nb/logical-switch.ts';
import { logicalSwitchPort } from './nb/logical-switch-port.ts';
import { meter } from './nb/meter.ts';
import { meterBand } from './nb/meter-band.ts';
import { mirror } from './nb/mirror.ts';
import { nat } from './nb/nat.ts';
import { nbGlobal } from './nb/nb-global.ts';
import { portGroup } from './nb/port-group.ts';
import { qos } from './nb/qos.ts';
import { staticMacBinding } from './nb/static-mac-binding.ts';

/** Every OVN_Northbound table that we read or write, by its name in camelCase. */
export const tables = {
  acl,
  addressSet,
  bfd,
  chassisTemplateVar,
  dhcpOptions,
  dns,
  gatewayChassis,
  haChassis,
  haChassisGroup,
  loadBalancer,
  loadBalancerGroup,
  loadBalancerHealthCheck,
  logicalRouter,
  logicalRouterPolicy,
  logicalRouterPort,
  logicalRouterStaticRoute,
  logicalSwitch,
  logicalSwitchPort,
  meter,
  meterBand,
  mirror,
  nat,
  nbGlobal,
  portGroup,
  qos,
  staticMacBinding,
} as const;
