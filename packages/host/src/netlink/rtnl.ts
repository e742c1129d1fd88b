import { addBelonging, deleteBelonging, readBelongings, type Belonging, type Belongings } from './belonging.ts';
import { deleteLink } from './delete-link.ts';
import type { Netns } from '../netns/netns.ts';
import { addAddress, deleteAddress, dumpAddresses, type AddressOptions, type LinkAddress } from './ip-address.ts';
import { addLink, addVeth, changeLink, dumpLinks, findLink, type Link, type LinkChange, type NewLink, type NewVeth } from './link.ts';
import { deleteNeighbour, dumpNeighbours, setNeighbour, type Neighbour } from './neighbour.ts';
import { deleteRoute, dumpRoutes, replaceRoute, type KernelRoute, type Route } from './route.ts';
import { addRule, deleteRule, dumpRules, type Rule } from './rule.ts';
import { RtnlSocket } from './socket.ts';

/**
 * Links, addresses, routes, rules and neighbours of one network namespace.
 *
 * Every call is one or two kernel round trips. Deletions of what is not there, and additions of what is, are no errors:
 * they answer false. Everything else that fails throws a HostError that names the object.
 */
export interface Rtnl extends Disposable {
  links(): Promise<readonly Link[]>;
  /** The link of that name, or undefined. */
  link(name: string): Promise<Link | undefined>;
  /** @throws {HostError} HOST_EXISTS */
  addLink(link: NewLink): Promise<void>;
  /** @throws {HostError} HOST_EXISTS */
  addVeth(veth: NewVeth): Promise<void>;
  /** @throws {HostError} HOST_NOT_FOUND */
  changeLink(name: string, change: LinkChange): Promise<void>;
  deleteLink(name: string): Promise<boolean>;

  /** Addresses of one link, or of all. */
  addresses(link?: string): Promise<readonly LinkAddress[]>;
  /** @param prefix `10.16.0.5/16` */
  addAddress(link: string, prefix: string, options?: AddressOptions): Promise<boolean>;
  deleteAddress(link: string, prefix: string): Promise<boolean>;

  /** Routes of a table, default the main one, or of all. */
  routes(table?: number | 'all'): Promise<readonly KernelRoute[]>;
  replaceRoute(route: Route): Promise<void>;
  deleteRoute(route: Route): Promise<boolean>;

  /** Addresses of a link and routes through it, to give them to another link. @throws {HostError} HOST_NOT_FOUND */
  belongings(link: string): Promise<Belongings>;
  /** @returns false when the link has it already */
  addBelonging(link: string, item: Belonging): Promise<boolean>;
  deleteBelonging(link: string, item: Belonging): Promise<boolean>;

  rules(): Promise<readonly Rule[]>;
  addRule(rule: Rule): Promise<boolean>;
  deleteRule(rule: Rule): Promise<boolean>;

  neighbours(link: string): Promise<readonly Neighbour[]>;
  setNeighbour(link: string, entry: { readonly address: string; readonly mac: string }): Promise<void>;
  deleteNeighbour(link: string, address: string): Promise<boolean>;
}

/**
 * Open an rtnetlink socket in `ns`, or in the namespace of this process.
 *
 * The socket stays in its namespace for ever; dispose it to let the namespace go. A process can hold about a thousand of
 * them per namespace.
 */
export function rtnl(ns?: Netns): Rtnl {
  const socket = new RtnlSocket(ns);
  return {
    links: () => dumpLinks(socket),
    link: (name) => findLink(socket, name),
    addLink: (link) => addLink(socket, link),
    addVeth: (veth) => addVeth(socket, veth),
    changeLink: (name, change) => changeLink(socket, name, change),
    deleteLink: (name) => deleteLink(ns, name),
    addresses: (link) => dumpAddresses(socket, link),
    addAddress: (link, prefix, options) => addAddress(socket, link, prefix, options),
    deleteAddress: (link, prefix) => deleteAddress(socket, link, prefix),
    routes: (table) => dumpRoutes(socket, table),
    replaceRoute: (route) => replaceRoute(socket, route),
    deleteRoute: (route) => deleteRoute(socket, route),
    belongings: (link) => readBelongings(socket, link),
    addBelonging: (link, item) => addBelonging(socket, link, item),
    deleteBelonging: (link, item) => deleteBelonging(socket, link, item),
    rules: () => dumpRules(socket),
    addRule: (rule) => addRule(socket, rule),
    deleteRule: (rule) => deleteRule(socket, rule),
    neighbours: (link) => dumpNeighbours(socket, link),
    setNeighbour: (link, entry) => setNeighbour(socket, link, entry),
    deleteNeighbour: (link, address) => deleteNeighbour(socket, link, address),
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}
