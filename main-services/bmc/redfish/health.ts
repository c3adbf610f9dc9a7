import type { Health } from '../../../contract/bmc.ts';
import type { RedfishContext } from './machine.ts';
import type { RedfishClient } from './http/client.ts';
import { at, link, links, list, members, numeric, record, text, type Doc } from './http/json.ts';

type Sensor = Health['sensors'][number];

const MAX_SENSORS = 24;
const UNITS: Readonly<Record<string, string>> = { Cel: '°C', RPM: 'RPM', W: 'W', '%': '%', V: 'V', A: 'A' };

/** Thermal and Power give everything in two requests; the newer Sensors, one request each, are read where those are missing. */
export async function health({ client, machine, signal }: RedfishContext): Promise<Health> {
  const system = await client.get(machine.system.path, signal);
  const sensors: Sensor[] = [];
  const supplies: Doc[] = [];
  for (const path of links(at(system, 'Links', 'Chassis')).slice(0, 4)) {
    const chassis = await client.find(path, signal);
    if (!chassis) continue;
    const [thermal, power] = await Promise.all([client.find(link(chassis.Thermal), signal), client.find(link(chassis.Power), signal)]);
    sensors.push(...(thermal ? ofThermal(thermal) : []), ...(power ? ofPower(power) : []));
    supplies.push(...list(power?.PowerSupplies).map(record));
    if (!thermal) sensors.push(...(await ofSensors(client, chassis, signal)));
  }
  const state = stateOf(text(at(system, 'Status', 'HealthRollup')) ?? text(at(system, 'Status', 'Health')));
  return { state, sensors, faults: faultsOf(state, sensors, supplies) };
}

function stateOf(word: string | undefined): Health['state'] {
  const known: Readonly<Record<string, Health['state']>> = { OK: 'ok', Warning: 'warning', Critical: 'critical' };
  return known[word ?? ''] ?? 'unknown';
}

function ofThermal(thermal: Doc): Sensor[] {
  const temperatures = list(thermal.Temperatures).map((item) => sensor(item, record(item).ReadingCelsius, '°C'));
  const fans = list(thermal.Fans).map((item) => {
    const units = text(record(item).ReadingUnits);
    return sensor(item, record(item).Reading, units === 'Percent' ? '%' : 'RPM');
  });
  return [...temperatures, ...fans].flatMap((found) => found ?? []);
}

function ofPower(power: Doc): Sensor[] {
  return list(power.PowerControl).flatMap((item) => sensor(item, record(item).PowerConsumedWatts, 'W') ?? []);
}

async function ofSensors(client: RedfishClient, chassis: Doc, signal?: AbortSignal): Promise<Sensor[]> {
  const paths = members(await client.find(link(chassis.Sensors), signal)).slice(0, MAX_SENSORS);
  const docs = await Promise.all(paths.map((path) => client.find(path, signal)));
  return docs.flatMap((doc) => {
    const unit = text(doc?.ReadingUnits) ?? '';
    return (doc && sensor(doc, doc.Reading, UNITS[unit] ?? unit)) ?? [];
  });
}

function sensor(item: unknown, reading: unknown, unit: string): Sensor | undefined {
  const doc = record(item);
  const name = text(doc.Name) ?? text(doc.FanName) ?? text(doc.MemberId);
  const value = numeric(reading);
  if (name === undefined || value === undefined || at(doc, 'Status', 'State') === 'Absent') return undefined;
  return { name, value, unit, state: text(at(doc, 'Status', 'Health')) };
}

function faultsOf(state: Health['state'], sensors: readonly Sensor[], supplies: readonly Doc[]): string[] {
  const ill = (health: string | undefined): boolean => health !== undefined && health !== 'OK';
  const bySensor = sensors
    .filter((one) => ill(one.state))
    .map(({ name, value, unit, state: how }) => `${name} is ${how ?? ''}: ${value} ${unit}.`);
  const bySupply = supplies
    .map((doc) => ({ name: text(doc.Name) ?? text(doc.MemberId) ?? 'A power supply', how: text(at(doc, 'Status', 'Health')) }))
    .filter(({ how }) => ill(how))
    .map(({ name, how }) => `${name} is ${how ?? ''}.`);
  const faults = [...bySensor, ...bySupply];
  const whole = state === 'warning' || state === 'critical';
  return faults.length === 0 && whole ? [`The BMC reports the machine’s health as ${state}.`] : faults;
}
