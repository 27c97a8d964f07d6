// The waveform, and a bar for each time that a class sounds. A part of player.js.

function bar(event, name, color, extra = '') {
  const [start, end] = [event.start_s, Math.min(event.end_s, view.end_s)];
  const text = `${name} sounds from ${start.toFixed(1)} to ${end.toFixed(1)} s${extra}`;
  const made = make('button', { type: 'button', className: `bar${extra ? ' changed-bar' : ''}`, title: text });
  made.setAttribute('aria-label', `${text}: go there`);
  Object.assign(made.style, { left: share(start), width: `calc(${share(end)} - ${share(start)})`, background: color });
  made.style.opacity = 0.45 + 0.55 * event.score;
  made.onclick = () => goTo(start);
  return made;
}

function drawTimeline() {
  const rows = one('.rows'), changed = view.changed?.events ?? [];
  rows.classList.toggle('two', Boolean(view.changed));
  const classes = [...new Set([...view.events, ...changed].map((event) => event.class))];
  rows.replaceChildren(...classes.map((index) => {
    const { name, color } = view.classes[index], track = make('div', { className: 'track' });
    track.append(...view.events.filter((event) => event.class === index).map((event) => bar(event, name, color)));
    track.append(...changed.filter((event) => event.class === index)
      .map((event) => bar(event, name, color, ', with the changed sound')));
    return make('div', { className: 'lane' }, [make('span', { className: 'name', textContent: name, title: name }), track]);
  }));
  const peaks = view.waveform, step = 400 / peaks.length;
  const upper = peaks.map((peak, index) => `${index * step},${20 - 19 * peak}`);
  const lower = peaks.map((peak, index) => `${index * step},${20 + 19 * peak}`).reverse();
  one('.wave path').setAttribute('d', `M${upper.join('L')}L${lower.join('L')}Z`);
}
