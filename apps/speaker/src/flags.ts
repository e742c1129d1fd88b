/** The flags, and the text that explains them. */
import { LOG_LEVELS } from '@kube-ovn/telemetry';

/** Name → default; a switch alone is true. */
export const options = {
  'node-name': {},
  kubeconfig: {},
  'cluster-as': {},
  'neighbor-as': {},
  'neighbor-address': {},
  'neighbor-ipv6-address': {},
  'allowed-source-addresses': {},
  'allowed-source-ipv6-addresses': {},
  'router-id': {},
  'node-ips': {},
  'auth-password': {},
  'auth-password-file': {},
  holdtime: { default: '90s' },
  'graceful-restart': { default: 'false', isSwitch: true },
  'graceful-restart-time': { default: '90s' },
  'graceful-restart-deferral-time': { default: '360s' },
  'announce-cluster-ip': { default: 'false', isSwitch: true },
  'enable-lb-svc-announce': { default: 'false', isSwitch: true },
  passivemode: { default: 'false', isSwitch: true },
  'ebgp-multihop': { default: '1' },
  'extended-nexthop': { default: 'false', isSwitch: true },
  'enable-bfd': { default: 'false', isSwitch: true },
  'bfd-min-tx': { default: '1000' },
  'bfd-min-rx': { default: '1000' },
  'bfd-detection-multiplier': { default: '3' },
  communities: {},
  'nat-gw-mode': { default: 'false', isSwitch: true },
  'node-route-eip-mode': { default: 'false', isSwitch: true },
  'enable-metrics': { default: 'true', isSwitch: true },
  'metrics-address': { default: '127.0.0.1' },
  'pprof-port': { default: '10667' },
  'run-dir': { default: '/run/kube-ovn-speaker' },
  bird: { default: 'bird' },
  'log-level': { default: 'info' },
  'grpc-host': {},
  'grpc-port': {},
  'log-perm': {},
  'vpc-nat-gw-namespace': {},
} as const;

export type FlagName = keyof typeof options;

/** Flags of Kube-OVN for which there is nothing to set here. */
export const WITHOUT_EFFECT: readonly FlagName[] = ['grpc-host', 'grpc-port', 'log-perm', 'vpc-nat-gw-namespace'];

/** Shown by `--help`. */
export const HELP: string = `kube-ovn speaker: announces addresses of pods, Subnets and services by BGP. Runs in the node's network namespace; needs BIRD 2.

  --node-name NAME                 name of the Node object (default: NODE_NAME, then KUBE_NODE_NAME, then the host name)
  --kubeconfig FILE                default: the pod's service account

 Peers (BgpPeer objects name further ones)
  --cluster-as ASN                 AS number of this end
  --neighbor-as ASN                AS number of the peers
  --neighbor-address ADDRESSES     IPv4 addresses of peers, separated by commas
  --neighbor-ipv6-address ADDRESSES  IPv6 addresses of peers
  --extended-nexthop BOOL          announce prefixes of both families to every peer (default: false, those of its own)
  --allowed-source-addresses ADDRESSES, --allowed-source-ipv6-addresses ADDRESSES
                                   addresses of this end; the first that the node has is used (default: chosen by the route to the peer)
  --auth-password TEXT             password of the sessions (RFC 2385); BGP_AUTH_PASSWORD in the environment, which others cannot read
  --auth-password-file FILE        the same from a file, as a Secret is mounted
  --passivemode BOOL               wait for peers to connect (default: false)
  --ebgp-multihop HOPS             how far peers of another AS may be away (default: 1)
  --holdtime DURATION              default: 90s
  --router-id ADDRESS              IPv4 address (default: the Node's InternalIP, else made from its name)
  --graceful-restart BOOL          have peers keep the routes while the speaker restarts (default: false)
  --graceful-restart-time DURATION           for how long (default: 90s)
  --graceful-restart-deferral-time DURATION  longest wait for peers after a restart; bounded by half the restart time (default: 360s)
  --enable-bfd BOOL                watch peers by BFD (default: false)
  --bfd-min-tx MS, --bfd-min-rx MS, --bfd-detection-multiplier COUNT   default: 1000, 1000, 3

 What is announced
  --node-ips ADDRESSES             next hops, one of each family (default: this end of the session; of the other family the Node's InternalIP)
  --announce-cluster-ip BOOL       cluster addresses of annotated Services (default: false)
  --enable-lb-svc-announce BOOL    addresses of load balancers and external addresses of annotated Services (default: false)
  --communities LIST               communities of everything, such as 65000:100,65000:1:2,no-export

 The program
  --run-dir FOLDER                 BIRD's files and socket (default: /run/kube-ovn-speaker)
  --bird PROGRAM                   default: bird
  --enable-metrics BOOL            serve /metrics (default: true)
  --metrics-address ADDRESS        where /metrics, /livez and /readyz are served (default: 127.0.0.1)
  --pprof-port PORT                port of these (default: 10667; 0 chooses one)
  --log-level LEVEL                ${LOG_LEVELS.join(', ')} (default: info); SIGUSR2 changes it to debug, trace and back

 Accepted without effect: ${WITHOUT_EFFECT.map((name) => `--${name}`).join(', ')} (there is no GoBGP, and the log goes to standard output).
 Refused: --nat-gw-mode and --node-route-eip-mode.
`;
