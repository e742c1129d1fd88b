/** Whether something is done about a fault of Open vSwitch: where the version is known to have it, always, or never. */
export type Remedy = 'auto' | 'true' | 'false';
