// The player: draws masks over a video that the browser plays, keeps the timeline in step, and asks for other settings.
// Gradio gives `element`, `props`, `watch` and `server`; `props.value` is what ravs.app.player_view makes.

const root = element.querySelector('.player');
const one = (selector) => root.querySelector(selector);
const video = one('video'), changedSound = new Audio(), hear = one('.hear'), seek = one('.seek');
const FRAMES_KEPT = 12; // decoded masks, of the ones that were shown last
const GROUNDS = { spotlight: ['#000', 0.75], silhouettes: ['#808080', 1] }; // what covers the silent pixels, how opaque
const OVERLAY_EFFECTS = { mask: 'tint', spotlight: 'spotlight', silhouettes: 'cutout', uncertainty: 'uncertainty' };
const DRIFT_S = 0.12; // by which the changed sound may be off before it is set right

let view = null, shownToken = '', decoded = new Map(), waiting = null, asking = false;

const effect = () => one('.effects input:checked').value;
const tint = () => Number(one('.tint').value);
const seconds = (time) => `${Math.floor(time / 60)}:${String(Math.floor(time % 60)).padStart(2, '0')}`;
const share = (time) => `${(100 * Math.min(time, view.end_s)) / view.end_s}%`;

function make(tag, values = {}, children = []) {
  const made = Object.assign(document.createElement(tag), values);
  made.append(...children);
  return made;
}

function say(problem) { one('.problem').textContent = problem; }

// ---- what is drawn over a frame

function maskIndex(masks, time) { // of the second in which the frame of this time is shown
  const found = masks.findIndex((mask) => mask.time_s >= time - 1e-6);
  return found < 0 ? masks.length - 1 : found;
}

async function pixelsOf(png) {
  const blob = await (await fetch(`data:image/png;base64,${png}`)).blob();
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none' });
  const canvas = make('canvas', { width: bitmap.width, height: bitmap.height });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

function paint(width, height, colorAt) { // a canvas whose pixels have the color [r, g, b], or none, that a function gives
  const canvas = make('canvas', { width, height }), context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let index = 0; index < width * height; index++) {
    const color = colorAt(index);
    if (color) image.data.set([...color, 255], 4 * index);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

const numbers = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

async function layersOf(png) { // fill and outline in the classes' colors, and all that is silent
  const { width, height, data } = await pixelsOf(png);
  const colors = new Map(view.classes.map(({ mask, color }) => [parseInt(mask.slice(1), 16), numbers(color)]));
  const key = (index) => (data[4 * index] << 16) | (data[4 * index + 1] << 8) | data[4 * index + 2];
  const reach = Math.max(1, Math.round(width / 400));
  const isEdge = (index) => {
    const x = index % width, y = (index - x) / width;
    return [[-reach, 0], [reach, 0], [0, -reach], [0, reach]].some(([dx, dy]) => {
      const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
      return inside && key(index + dx + dy * width) !== key(index);
    });
  };
  return {
    fill: paint(width, height, (index) => key(index) && colors.get(key(index))),
    outline: paint(width, height, (index) => key(index) && isEdge(index) && colors.get(key(index))),
    silent: paint(width, height, (index) => !key(index) && [0, 0, 0]),
  };
}

async function uncertaintyOf(png) {
  return { map: await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob()) };
}

function remembered(png, decode) {
  const found = decoded.get(png) ?? decode(png);
  decoded.delete(png);
  decoded.set(png, found); // the last one again
  while (decoded.size > FRAMES_KEPT) decoded.delete(decoded.keys().next().value);
  return found;
}

async function drawMarks(canvas, masks, time) {
  const index = maskIndex(masks, time), mask = masks[index], chosen = effect();
  const wanted = [shownToken, index, mask.png?.length, mask.png?.slice(-24), chosen, tint()].join(' ');
  if (canvas.dataset.wanted === wanted) return;
  canvas.dataset.wanted = wanted;
  const layers = mask.png && (await remembered(mask.png, layersOf));
  const map = chosen === 'uncertainty' && (await remembered(view.uncertainty[index], uncertaintyOf)).map;
  if (canvas.dataset.wanted !== wanted) return; // another one is wanted by now
  [canvas.width, canvas.height] = view.size;
  const context = canvas.getContext('2d');
  const put = (layer, opacity) => { context.globalAlpha = opacity; context.drawImage(layer, 0, 0, ...view.size); };
  context.imageSmoothingEnabled = true;
  if (map) put(map, 1);
  if (chosen in GROUNDS) {
    const [color, opacity] = GROUNDS[chosen];
    if (layers) put(layers.silent, 1);
    else context.fillRect(0, 0, ...view.size);
    context.globalAlpha = 1;
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = color;
    context.fillRect(0, 0, ...view.size);
    canvas.style.opacity = opacity;
    return;
  }
  canvas.style.opacity = 1;
  if (layers && chosen === 'mask') put(layers.fill, tint());
  if (layers) put(layers.outline, 1);
}

function nameMarks(figure, masks, time) {
  const names = masks[maskIndex(masks, time)].names.map((name) => name.replaceAll('_', ' '));
  const text = names.length ? names.join(', ') : 'nothing sounds';
  if (figure.querySelector('.now').textContent !== text) figure.querySelector('.now').textContent = text;
}

function layOut() { // the marks lie on the picture, whatever room its element has
  for (const screen of root.querySelectorAll('.screen')) {
    const picture = screen.firstElementChild, marks = screen.querySelector('.marks');
    const [width, height] = view ? view.size : [16, 9];
    const scale = Math.min(picture.clientWidth / width, picture.clientHeight / height);
    const [wide, high] = [width * scale, height * scale];
    Object.assign(marks.style, {
      width: `${wide}px`, height: `${high}px`,
      left: `${picture.offsetLeft + (picture.clientWidth - wide) / 2}px`,
      top: `${picture.offsetTop + (picture.clientHeight - high) / 2}px`,
    });
  }
}

function update() {
  if (!view) return;
  const time = video.currentTime;
  one('.cursor').style.left = share(time);
  if (document.activeElement !== seek || !video.paused) seek.value = time;
  one('.clock').textContent = `${seconds(time)} / ${seconds(view.end_s)}`;
  drawMarks(one('.own .marks'), view.masks, time);
  nameMarks(one('.own'), view.masks, time);
  if (!view.changed) return;
  const picture = one('.changed .picture');
  if (video.readyState >= 2) picture.getContext('2d').drawImage(video, 0, 0, picture.width, picture.height);
  drawMarks(one('.changed .marks'), view.changed.masks, time);
  nameMarks(one('.changed'), view.changed.masks, time);
  if (hear.value === 'changed' && !video.paused && Math.abs(changedSound.currentTime - time) > DRIFT_S)
    changedSound.currentTime = time;
}

function follow() {
  update();
  if (!video.paused && element.isConnected) requestAnimationFrame(follow);
}

// ---- playing

function goTo(time) {
  video.currentTime = time;
  changedSound.currentTime = time;
}

function chooseSound() {
  video.muted = hear.value !== 'own';
  if (hear.value === 'changed' && !video.paused) {
    changedSound.currentTime = video.currentTime;
    changedSound.play();
  } else changedSound.pause();
}

function loadVideo() {
  const converts = view.start_s > 0.05; // browsers differ in where they put such a clock's zero
  video.src = view.address + (converts ? '/copy' : '/video');
  const convert = () => {
    if (video.src.endsWith('/copy')) return say('This video cannot be played here; what can be downloaded is whole.');
    say('This browser does not play the video as it is: it is converted …');
    video.src = `${view.address}/copy`;
  };
  video.onerror = convert;
  video.onloadedmetadata = () => { if (!video.videoWidth) convert(); };
  video.onloadeddata = () => { say(''); layOut(); update(); };
}

// ---- the timeline

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

// ---- what is shown

function showRendered() { // all that depends on threshold and least area
  one('.summary').textContent = view.summary;
  one('.warnings').replaceChildren(...[view.remark, ...view.warnings].filter(Boolean)
    .map((textContent) => make('li', { textContent })));
  for (const [name, value, text] of [
    ['threshold', view.threshold, view.threshold.toFixed(2)],
    ['min-area', view.min_area, `${(100 * view.min_area).toFixed(1)} %`],
  ]) {
    if (document.activeElement !== one(`.${name}`)) one(`.${name}`).value = value;
    one(`.${name}`).parentElement.querySelector('output').textContent = text;
  }
  const changed = one('.changed');
  changed.hidden = !view.changed;
  hear.querySelector('[value=changed]').disabled = !view.changed;
  if (view.changed) {
    changed.querySelector('.title').textContent = view.changed.title;
    changed.querySelector('.text').textContent = view.changed.text;
    [changed.querySelector('.picture').width, changed.querySelector('.picture').height] = view.size;
  } else if (hear.value === 'changed') hear.value = 'own';
  drawTimeline();
  showTint();
  layOut();
  update();
}

function showTint() {
  one('.tint').parentElement.querySelector('output').textContent = `${Math.round(100 * tint())} %`;
  one('.legend').hidden = effect() !== 'uncertainty';
  one('.scale').style.background = `linear-gradient(to right, ${view.legend.colors.join(', ')})`;
  one('.top').textContent = view.legend.top;
}

function showDownloads() {
  one('.downloads ul').replaceChildren(...props.downloads.map(({ format, what }) => {
    const link = make('a', { href: `${view.address}/results/${format}`, className: 'download' },
      [make('b', { textContent: format }), make('small', { textContent: what })]);
    link.dataset.format = format;
    link.onclick = (event) => { event.preventDefault(); download(link, what); };
    return make('li', {}, [link]);
  }));
}

async function download(link, what) {
  const note = link.querySelector('small');
  note.textContent = 'is being written …';
  try {
    const answer = await fetch(`${link.href}?effect=${OVERLAY_EFFECTS[effect()]}`);
    if (!answer.ok) throw new Error(await answer.text());
    const named = /filename\*?=(?:utf-8'')?"?([^";]+)/i.exec(answer.headers.get('content-disposition') ?? '');
    const address = URL.createObjectURL(await answer.blob());
    make('a', { href: address, download: named ? decodeURIComponent(named[1]) : link.dataset.format }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    say('');
  } catch (error) { say(error.message); }
  note.textContent = what;
}

async function askForSettings() { // the latest settings win; one question at a time
  waiting = { token: view.token, threshold: Number(one('.threshold').value), min_area: Number(one('.min-area').value) };
  if (asking) return;
  asking = true;
  while (waiting) {
    const asked = waiting;
    waiting = null;
    const answer = await server.rerender(asked).catch((error) => ({ error: String(error) }));
    if (asked.token !== view.token) continue;
    if (answer.error) say(answer.error);
    else { say(''); Object.assign(view, answer); if (!waiting) showRendered(); }
  }
  asking = false;
}

function show(value) {
  view = value;
  root.hidden = !view;
  if (!view) return;
  if (view.changed) changedSound.src = `${view.address}/sound?${Date.now()}`;
  seek.max = view.end_s;
  if (view.token !== shownToken) {
    shownToken = view.token;
    decoded.clear();
    loadVideo();
    showDownloads();
  }
  showRendered();
  chooseSound();
}

one('.play').onclick = () => (video.paused ? video.play() : video.pause());
video.onclick = one('.play').onclick;
video.onplay = () => { Object.assign(one('.play'), { textContent: 'Pause', ariaLabel: 'Pause' }); chooseSound(); follow(); };
video.onpause = () => { Object.assign(one('.play'), { textContent: 'Play', ariaLabel: 'Play' }); chooseSound(); update(); };
video.onseeked = update;
video.ontimeupdate = update;
seek.oninput = () => goTo(Number(seek.value));
hear.onchange = chooseSound;
one('.wave .track').onclick = ({ offsetX, currentTarget }) => goTo((offsetX / currentTarget.clientWidth) * view.end_s);
for (const radio of root.querySelectorAll('.effects input')) radio.onchange = () => { showTint(); update(); };
one('.tint').oninput = () => { showTint(); update(); };
one('.threshold').oninput = askForSettings;
one('.min-area').oninput = askForSettings;
new ResizeObserver(layOut).observe(root);
watch('value', () => show(props.value));
show(props.value);
