/** Turns off the telemetry of Apollo's gateway, which has no option for it. Call this before creating a gateway. */
export function silenceApolloTelemetry(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
}
