/** The rules of a HorizontalPodAutoscaler, autoscaling/v2, as https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ has them. */
export interface ScalingPolicy {
  readonly type: 'Percent' | 'Pods';
  readonly value: number;
  readonly periodSeconds: number;
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds: number;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
}

export interface Behaviour {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

export interface HpaOptions {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly behaviour: Behaviour;
  /** A ratio so near to 1 changes nothing; the controller's --horizontal-pod-autoscaler-tolerance. */
  readonly tolerance?: number;
}

/** What the controller reads at a sync. */
export interface Reading {
  readonly nowS: number;
  /** Replicas that the Deployment is told to have. */
  readonly replicas: number;
  /** Of the pods that are ready: what is measured over what is aimed at, mean. */
  readonly ratio: number;
  /** Pods that are ready and have a metric; the rest counts as unused when more pods are thought of. */
  readonly ready: number;
}

/** One controller loop, run every 15 s. */
export class Hpa {
  readonly #options: HpaOptions;
  #recommended: { readonly atS: number; readonly replicas: number }[] = [];
  #changes: { readonly atS: number; readonly by: number }[] = [];

  constructor(options: HpaOptions) {
    this.#options = options;
  }

  /** How many replicas there should be now. */
  sync(reading: Reading): number {
    const { minReplicas, maxReplicas, behaviour } = this.#options;
    const { nowS, replicas } = reading;
    const wanted = bounded(this.#wanted(reading), minReplicas, maxReplicas);
    const stable = this.#stabilised(nowS, replicas, wanted);
    const next =
      stable > replicas
        ? Math.min(stable, Math.max(replicas, this.#limitUp(nowS, replicas, behaviour.scaleUp)))
        : stable < replicas
          ? Math.max(stable, Math.min(replicas, this.#limitDown(nowS, replicas, behaviour.scaleDown)))
          : replicas;
    const limited = bounded(next, minReplicas, maxReplicas);
    if (limited !== replicas) this.#changes.push({ atS: nowS, by: limited - replicas });
    return limited;
  }

  /** ceil(replicas × ratio), pods that are not ready taken as idle when that would add pods. */
  #wanted({ replicas, ratio, ready }: Reading): number {
    const tolerance = this.#options.tolerance ?? 0.1;
    if (ready === 0 || Math.abs(ratio - 1) <= tolerance) return replicas;
    const unready = Math.max(0, replicas - ready);
    if (unready === 0) return Math.ceil(ready * ratio);
    if (ratio < 1) return Math.min(replicas, Math.ceil(ready * ratio));
    const damped = (ratio * ready) / (ready + unready);
    if (damped <= 1 + tolerance) return replicas;
    return Math.max(replicas, Math.ceil((ready + unready) * damped));
  }

  /** The least of what was recommended within the window before going up, the most of it before going down. */
  #stabilised(nowS: number, replicas: number, wanted: number): number {
    const { scaleUp, scaleDown } = this.#options.behaviour;
    const within = (windowS: number) => [
      wanted,
      ...this.#recommended.filter(({ atS }) => atS > nowS - windowS).map((one) => one.replicas),
    ];
    const up = Math.min(...within(scaleUp.stabilizationWindowSeconds));
    const down = Math.max(...within(scaleDown.stabilizationWindowSeconds));
    this.#recommended.push({ atS: nowS, replicas: wanted });
    const longest = Math.max(scaleUp.stabilizationWindowSeconds, scaleDown.stabilizationWindowSeconds);
    this.#recommended = this.#recommended.filter(({ atS }) => atS > nowS - longest);
    let stable = replicas;
    if (stable < up) stable = up;
    if (stable > down) stable = down;
    return stable;
  }

  #limitUp(nowS: number, replicas: number, rules: ScalingRules): number {
    if (rules.selectPolicy === 'Disabled') return replicas;
    const proposals = rules.policies.map(({ type, value, periodSeconds }) => {
      const before = replicas - this.#changed(nowS, periodSeconds, 1);
      return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100));
    });
    return rules.selectPolicy === 'Max' ? Math.max(...proposals) : Math.min(...proposals);
  }

  #limitDown(nowS: number, replicas: number, rules: ScalingRules): number {
    if (rules.selectPolicy === 'Disabled') return replicas;
    const proposals = rules.policies.map(({ type, value, periodSeconds }) => {
      const before = replicas + this.#changed(nowS, periodSeconds, -1);
      return type === 'Pods' ? before - value : Math.trunc(before * (1 - value / 100));
    });
    // `Max` is the policy that takes away most, `Min` the one that takes away least.
    return rules.selectPolicy === 'Max' ? Math.min(...proposals) : Math.max(...proposals);
  }

  /** Pods added (1) or removed (-1) within the last seconds. */
  #changed(nowS: number, periodS: number, sign: 1 | -1): number {
    this.#changes = this.#changes.filter(({ atS }) => atS > nowS - 1800);
    return this.#changes
      .filter(({ atS, by }) => atS > nowS - periodS && by * sign > 0)
      .reduce((sum, { by }) => sum + Math.abs(by), 0);
  }
}

function bounded(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
