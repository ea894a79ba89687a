/** Apollo's gateway sends telemetry unless this variable is set; it has no option for it. Call before a gateway is made. */
export function silenceApolloTelemetry(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
}
