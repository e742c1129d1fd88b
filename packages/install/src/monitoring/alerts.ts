/** Alerts for Prometheus. */

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  /** What it means, and where to look. */
  readonly summary: string;
}

const lostShare = (kind: string, by: string): string =>
  `sum by (${by}) (rate(pinger_${kind}_ping_lost_total[5m])) / sum by (${by}) (rate(pinger_${kind}_ping_count_total[5m])) > 0.2`;

const certificateShare = (share: number): string =>
  `min by (file) (kube_ovn_tls_certificate_remaining_seconds / kube_ovn_tls_certificate_life_seconds) < ${share}`;

export const alerts: readonly Alert[] = [
  {
    alert: 'KubeOvnNoLeader',
    expr: '(sum(kube_ovn_controller_leader) or vector(0)) < 1',
    for: '2m',
    severity: 'critical',
    summary:
      'No controller leads: nothing that changes reaches OVN. Look at the pods app=kube-ovn-controller and the Lease kube-ovn-controller.',
  },
  {
    alert: 'KubeOvnChangesWait',
    expr: 'max(queue_age_seconds) > 30',
    for: '2m',
    severity: 'critical',
    summary: 'A change waits to be written for more than 30 s. The log of the controller that leads says what for.',
  },
  {
    alert: 'KubeOvnSafetyBrake',
    expr: 'max(ovn_safety_brake_engaged) == 1',
    for: '0m',
    severity: 'critical',
    summary: 'The controller deletes nothing, because most of what is in OVN has no object in Kubernetes. See --safety-brake-share.',
  },
  {
    alert: 'KubeOvnRefused',
    expr: 'sum(increase(ovn_transactions_refused_total[10m])) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'OVN refused a transaction; the object that it was for has an event.',
  },
  {
    alert: 'KubeOvnAddressesRefused',
    expr: 'max(ipam_refusals) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'Pods wait for an address; events on them say why.',
  },
  {
    alert: 'KubeOvnSubnetAlmostFull',
    expr: 'max by (subnet_name, protocol) (subnet_available_ip_count) < 0.05 * (max by (subnet_name, protocol) (subnet_available_ip_count) + max by (subnet_name, protocol) (subnet_used_ip_count))',
    for: '10m',
    severity: 'warning',
    summary: 'Fewer than 5 of 100 addresses of a Subnet are free.',
  },
  {
    alert: 'KubeOvnNodeNotReady',
    expr: 'min by (node_name) (kube_ovn_ready) == 0',
    for: '3m',
    severity: 'critical',
    summary: 'The daemon of a node cannot give pods an interface; its /readyz says why.',
  },
  {
    alert: 'KubeOvnDatabaseAway',
    expr: 'max by (db_name) (kube_ovn_db_status) == 0',
    for: '1m',
    severity: 'critical',
    summary: 'No controller has an up-to-date view of a database of OVN. Look at the pods app=ovn-central.',
  },
  {
    alert: 'KubeOvnCertificateEnds',
    expr: certificateShare(0.25),
    for: '1h',
    severity: 'warning',
    summary:
      "Less than a quarter is left of the life of the databases' certificate (file cert) or of its authority (file cacert), and nobody renews it. Events of the Secret kube-ovn-tls say why.",
  },
  {
    alert: 'KubeOvnCertificateEndsSoon',
    expr: certificateShare(0.05),
    for: '0m',
    severity: 'critical',
    summary:
      'A twentieth is left of it, and at its end no program reaches the databases any more. Run deploy/tls.sh renew and apply; for file cacert next, switch and finish, each with apply.',
  },
  {
    alert: 'KubeOvnOpenVSwitchDown',
    expr: 'min by (node_name, component) (ovs_status) == 0',
    for: '1m',
    severity: 'critical',
    summary: 'A program of Open vSwitch does not answer on a node. Look at its pod app=ovs.',
  },
  {
    alert: 'KubeOvnTunnelDown',
    expr: 'min by (node_name, remote_ip) (kube_ovn_tunnel_up) == 0',
    for: '1m',
    severity: 'warning',
    summary: 'The other end of a tunnel does not answer.',
  },
  {
    alert: 'KubeOvnPodsUnreachable',
    expr: lostShare('pod', 'src_node_name, target_node_name'),
    for: '2m',
    severity: 'critical',
    summary: 'More than 20 of 100 echo requests between pods of two nodes are lost.',
  },
  {
    alert: 'KubeOvnNodeUnreachable',
    expr: lostShare('node', 'src_node_name, target_node_name'),
    for: '2m',
    severity: 'critical',
    summary: 'More than 20 of 100 echo requests from pods of a node to another node are lost.',
  },
  {
    alert: 'KubeOvnApiServerUnreachable',
    expr: 'min by (nodeName) (pinger_apiserver_healthy) == 0',
    for: '2m',
    severity: 'critical',
    summary: 'Pods of a node do not reach the API server.',
  },
  {
    alert: 'KubeOvnDnsUnreachable',
    expr: 'min by (nodeName) (pinger_internal_dns_healthy) == 0',
    for: '2m',
    severity: 'warning',
    summary: 'DNS does not answer pods of a node.',
  },
  {
    alert: 'KubeOvnBgpPeerDown',
    expr: 'min by (node_name, neighbor) (kube_ovn_speaker_bgp_peer_up) == 0',
    for: '3m',
    severity: 'warning',
    summary: 'A BGP session is not established; the status of the BgpSpeaker says why.',
  },
];
