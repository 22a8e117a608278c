/** What somebody in the story found in the evidence, about certificates and connections, before anything else left them. */
import type { ConfirmedPlatform, ServiceTrust } from '@gaiwan/client';
import { summaryOf } from '../peer.ts';
import type { Found } from './people.ts';
import { bold, type Story } from './story.ts';

const short = (hex: string | undefined) => `${(hex ?? '-').slice(0, 16)}…`;

function tell(story: Story, service: string, peer: ConfirmedPlatform): void {
  const { simulated, kind, registers, tcb, debug, key } = summaryOf(peer);
  const machine = `${simulated ? `${bold('SIMULATION')}, ` : ''}${kind.toUpperCase()}`;
  const state = `${tcb === undefined ? '' : `, TCB ${tcb}`}, debugging ${debug ? 'ON' : 'off'}`;
  story.line(`             ${service.padEnd(15)} ${machine}${state}`);
  const named = Object.entries(registers).filter(([, value]) => !/^0*$/.test(value));
  const shown = named.slice(0, 3).map(([name, value]) => `${name} ${short(value)}`);
  story.line(`             ${' '.repeat(15)} ${shown.join('  ')}  TLS key ${short(key)}`);
  const { connection, state: data } = peer;
  story.line(
    `             ${' '.repeat(15)} instance ${short(connection.instance)}  epoch ${data.epoch}, at commit ${data.commits}`,
  );
}

/** `found` comes from a client that refuses whoever its auditors or its policy do not accept. */
export function tellFound(story: Story, who: string, { reference }: ServiceTrust, found: Found): void {
  const wanted = 'enclaveInfo' in reference ? 'its auditors signed' : 'its policy names';
  story.says(
    who.replace(/^bank-/, '').slice(0, 9),
    `connected, sent nothing, verified, and accepts what ${wanted}:`,
  );
  tell(story, 'authentication', found.authentication);
  tell(story, 'frontend', found.frontend);
}
