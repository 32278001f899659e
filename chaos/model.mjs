/** What one dedup key does, told anew and as simply as can be: the effects that its events must have had, in the order in which they were accepted. */
export function expectedEffects(actions) {
  let status = 'none';
  return actions.map((action) => {
    const [effect, next] = STEPS[status][action];
    status = next;
    return effect;
  });
}

const STEPS = {
  none: { trigger: ['triggered', 'open'], acknowledge: ['ignored', 'none'], resolve: ['ignored', 'none'] },
  open: { trigger: ['repeated', 'open'], acknowledge: ['acknowledged', 'acknowledged'], resolve: ['resolved', 'none'] },
  acknowledged: { trigger: ['repeated', 'acknowledged'], acknowledge: ['ignored', 'acknowledged'], resolve: ['resolved', 'none'] },
};
