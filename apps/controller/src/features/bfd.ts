/** How OVN watches the tunnels between chassis of which one takes over from another. */
import type { Membership } from '@kube-ovn/ovsdb';

/** A tunnel whose other end is silent for three of these counts as dead. In milliseconds. @source ovn-nb(5) NB_Global options:bfd-min-rx */
const BFD = { 'bfd-min-rx': '100', 'bfd-min-tx': '100', 'bfd-mult': '3' } as const;

/** Wanted by whoever moves ports between chassis. */
export const bfdMembership: Membership = { table: 'NB_Global', key: '.', column: 'options', map: BFD };
