export { FakeScheduler } from './fake-scheduler.ts';
