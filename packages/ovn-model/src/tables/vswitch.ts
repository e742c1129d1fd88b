import { bridge } from './vswitch/bridge.ts';
import { controller } from './vswitch/controller.ts';
import { datapath } from './vswitch/datapath.ts';
import { networkInterface } from './vswitch/interface.ts';
import { mirror } from './vswitch/mirror.ts';
import { openVswitch } from './vswitch/open-vswitch.ts';
import { port } from './vswitch/port.ts';
import { qos } from './vswitch/qos.ts';
import { queue } from './vswitch/queue.ts';

/** Every Open_vSwitch (conf.db) table that we read or write, by its name in camelCase. */
export const vswitchTables = {
  bridge,
  controller,
  datapath,
  networkInterface,
  mirror,
  openVswitch,
  port,
  qos,
  queue,
} as const;
