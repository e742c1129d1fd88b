/** A time in ms since 1970 as Kubernetes writes it: RFC 3339 in whole seconds. @source apimachinery metav1.Time */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
