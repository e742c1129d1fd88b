/** A whole lab, and everything that must be seen to hold on it; one lab for all, taken down at the end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../src/infra/layout.ts';
import { describeLeftovers, findLeftovers, linksWithLabNames } from '../src/infra/leftovers.ts';
import { startLab, type Lab } from '../src/lab/lab.ts';
import { requireKubectl } from './apiserver/kubectl.ts';
import { addresses } from './cluster/addresses.ts';
import { adminPolicies } from './cluster/admin-policies.ts';
import { attachedNetworks } from './cluster/attached-networks.ts';
import { bgp } from './cluster/bgp.ts';
import { badInput } from './cluster/bad-input.ts';
import { cni } from './cluster/cni.ts';
import { connectivity } from './cluster/connectivity.ts';
import { duplicateAddresses } from './cluster/duplicate-addresses.ts';
import { egress } from './cluster/egress.ts';
import { endpointChanges } from './cluster/endpoint-changes.ts';
import { externalAddresses } from './cluster/external-addresses.ts';
import { gateways } from './cluster/gateways.ts';
import { koOperation } from './cluster/ko-operation.ts';
import { koSupport } from './cluster/ko-support.ts';
import { koTraffic } from './cluster/ko-traffic.ts';
import { koTool } from './cluster/ko.ts';
import { interconnection } from './cluster/interconnection.ts';
import { loadBalancers } from './cluster/load-balancers.ts';
import { isolation } from './cluster/isolation.ts';
import { stockKubectl } from './cluster/kubectl.ts';
import { mirror } from './cluster/mirror.ts';
import { multipleInterfaces } from './cluster/multiple-interfaces.ts';
import { networkPolicies } from './cluster/network-policies.ts';
import { nearServices } from './cluster/near-services.ts';
import { nodeLoss } from './cluster/node-loss.ts';
import { otherPlugins } from './cluster/other-plugins.ts';
import { policyChanges } from './cluster/policy-changes.ts';
import { policyCorners } from './cluster/policy-corners.ts';
import { pinger } from './cluster/pinger.ts';
import { qos } from './cluster/qos.ts';
import { randomPolicies } from './cluster/random-policies.ts';
import { policyLogs } from './cluster/policy-logs.ts';
import { leaveApiAlone, repairApi } from './cluster/repair-api.ts';
import { repair } from './cluster/repair.ts';
import { restart } from './cluster/restart.ts';
import { routerAdvertisements } from './cluster/router-advertisements.ts';
import { sctpServices } from './cluster/sctp-services.ts';
import { serviceEndpoints } from './cluster/service-endpoints.ts';
import { services } from './cluster/services.ts';
import { nodeServices } from './cluster/node-services.ts';
import { stickyServices } from './cluster/sticky-services.ts';
import { storm } from './cluster/storm.ts';
import { subnetAcls } from './cluster/subnet-acls.ts';
import { subnetChanges } from './cluster/subnet-changes.ts';
import { switchLbRules } from './cluster/switch-lb-rules.ts';
import { takeover } from './cluster/takeover.ts';
import { underlay } from './cluster/underlay.ts';
import { virtualIps } from './cluster/virtual-ips.ts';
import { virtualMachines } from './cluster/virtual-machines.ts';
import { vpcServices } from './cluster/vpc-services.ts';
import { vpcs } from './cluster/vpcs.ts';
import { webPage } from './cluster/web.ts';
import { whyTool } from './cluster/why.ts';
import { sweepDeadLabs, testLabName } from './names.ts';

const layout = layoutOf({ name: testLabName('tl'), nodes: 3, raft: false, families: 'dual' });
const linksBefore = linksWithLabNames();
/** Another API server to run all this against (README, "Another API server"); the lab's own where it is not set. */
const kubeconfig = process.env['KUBE_OVN_TEST_KUBECONFIG'];
const repairOfApi = kubeconfig === undefined ? repairApi : leaveApiAlone;

describe('a lab of three nodes', () => {
  let running: Lab;
  const lab = (): Lab => running;

  beforeAll(async () => {
    await requireKubectl();
    await sweepDeadLabs();
    running = await startLab({ layout, progress: () => undefined, kubeconfig });
  }, 120_000);

  afterAll(async () => {
    await running?.stop();
  }, 60_000);

  describe('connectivity', () => {
    connectivity(lab);
  });
  describe('kubectl', () => {
    stockKubectl(lab);
  });
  describe('a restart on a settled cluster', () => {
    restart(lab);
  });
  describe('repair', () => {
    repair(lab);
    repairOfApi(lab);
  });
  describe('rules of a Subnet', () => {
    subnetAcls(lab);
  });
  describe('network policies', () => {
    networkPolicies(lab);
  });
  describe('changes and logs of network policies', () => {
    policyChanges(lab);
    policyLogs(lab);
  });
  describe('corners of network policies', () => {
    policyCorners(lab);
  });
  describe('isolation', () => {
    isolation(lab);
  });
  describe('policies of administrators', () => {
    adminPolicies(lab);
  });
  describe('random clusters', () => {
    randomPolicies(lab);
  });
  describe('addresses of workloads', () => {
    addresses(lab);
    subnetChanges(lab);
    duplicateAddresses(lab);
  });
  describe('virtual addresses', () => {
    virtualIps(lab);
  });
  describe('router advertisements', () => {
    routerAdvertisements(lab);
  });
  describe('a lost node', () => {
    nodeLoss(lab);
  });
  describe('virtual machines', () => {
    virtualMachines(lab);
  });
  describe('several interfaces', () => {
    multipleInterfaces(lab);
    attachedNetworks(lab);
  });
  describe('interfaces that other plugins make', () => {
    otherPlugins(lab);
  });
  describe('services', () => {
    services(lab);
    nodeServices(lab);
    serviceEndpoints(lab);
  });
  describe('services near by', () => {
    nearServices(lab);
  });
  describe('services of SCTP', () => {
    sctpServices(lab);
  });
  describe('endpoints that come and go', () => {
    endpointChanges(lab);
  });
  describe('sticky services', () => {
    stickyServices(lab);
  });
  describe('load balancers of a Subnet', () => {
    switchLbRules(lab);
  });
  describe('addresses for services', () => {
    loadBalancers(lab);
  });
  describe('gateways', () => {
    gateways(lab);
    egress(lab);
  });
  describe('Vpcs', () => {
    vpcs(lab);
  });
  describe('services of Vpcs', () => {
    vpcServices(lab);
  });
  describe('external addresses', () => {
    externalAddresses(lab);
  });
  describe('underlay and overlay', () => {
    interconnection(lab);
  });
  describe('bandwidth', () => {
    qos(lab);
  });
  describe('mirror', () => {
    mirror(lab);
  });
  describe('pods on the physical network', () => {
    underlay(lab);
  });
  describe('BGP', () => {
    bgp(lab);
  });
  describe('ko', () => {
    koTool(lab);
  });
  describe('ko why', () => {
    whyTool(lab);
  });
  describe('ko that acts', () => {
    koOperation(lab);
  });
  describe('pingers', () => {
    pinger(lab);
  });
  describe('web page', () => {
    webPage(lab);
  });
  describe('ko that makes traffic', () => {
    koTraffic(lab);
  });
  describe('ko that packs', () => {
    koSupport(lab);
  });
  describe('bad input', () => {
    badInput(lab);
  });
  describe('the CNI plugin', () => {
    cni(lab);
  });
  describe('a storm', () => {
    storm(lab);
  });
  describe('take-over', () => {
    takeover(lab);
  });

  it('taken down, it leaves no process, namespace, link, mount or file', async () => {
    await running.stop();
    expect(describeLeftovers(findLeftovers({ ...layout, linksBefore }))).toEqual([]);
  }, 60_000);
});
