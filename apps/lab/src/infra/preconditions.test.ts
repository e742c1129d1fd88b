import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { requireMachine, requirePort, searchPath } from './preconditions.ts';

describe('preconditions', () => {
  it('asks for root before anything else', () => expect(() => requireMachine(1000, '/nowhere')).toThrow(/needs root/));

  it('names the missing programs and the packages that bring them', () => {
    expect(() => requireMachine(0, '/nowhere')).toThrow(/ovs-vswitchd.*apt-get install .*ovn-host/);
  });

  it("finds the administration programs that a user's PATH lacks", () => {
    expect(searchPath('/usr/local/bin:/usr/bin').split(':')).toEqual(['/usr/local/bin', '/usr/bin', '/usr/sbin', '/sbin', '/bin']);
  });

  it('names a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(requirePort(port)).rejects.toThrow(`127.0.0.1:${port}`);
    server.close();
  });
});
