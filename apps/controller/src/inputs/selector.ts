export { selects } from '@kube-ovn/api';
