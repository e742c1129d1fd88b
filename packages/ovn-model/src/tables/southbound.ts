import { chassis } from './sb/chassis.ts';
import { portBinding } from './sb/port-binding.ts';

/** Every OVN_Southbound table that we read, by its name in camelCase. Nobody but OVN writes there. */
export const southboundTables = { chassis, portBinding } as const;
