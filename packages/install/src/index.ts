/** The installation of Kube-OVN. */
export { chart, cleanupManifest, exampleAddresses, manifest, settingsTable, valuesText } from './files.ts';
export { installation, type InstalledObject } from './installation.ts';
export { daemonCapabilities } from './objects/daemon.ts';
export { accounts } from './objects/rights.ts';
export { speakerCapabilities } from './objects/speaker.ts';
export { paths, settings, type Setting, type SettingPath, type Values, valuesWith } from './settings.ts';
export { type Alert, alerts } from './monitoring/alerts.ts';
export { dashboard, dashboardText, type Panel, rows } from './monitoring/dashboard.ts';
