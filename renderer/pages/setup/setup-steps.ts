/** In the order in which they are done. What needs a restart comes before the tenant: its key and the address in its
 * snippet are those of the gateway as it will be. */
export const setupSteps = ['name', 'network', 'database', 'mail', 'tenant', 'done'] as const;
export type SetupStep = (typeof setupSteps)[number];

export interface StepProps {
  readonly onNext: () => void;
  readonly onBack: () => void;
}

export function toSetupStep(text: string | null): SetupStep {
  return setupSteps.find((step) => step === text) ?? 'name';
}
