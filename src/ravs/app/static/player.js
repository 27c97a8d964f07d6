// The player: draws masks over a video that the browser plays, keeps the timeline in step, and asks for other settings.
// Gradio gives `element`, `props`, `watch` and `server`; `props.value` is what ravs.app.player_view makes. marks.js and timeline.js
// are in the same scope.

const root = element.querySelector('.player');
const one = (selector) => root.querySelector(selector);
const video = one('video'), changedSound = new Audio(), hear = one('.hear'), seek = one('.seek');
const OVERLAY_EFFECTS = { mask: 'tint', spotlight: 'spotlight', silhouettes: 'cutout', uncertainty: 'uncertainty' };
const DRIFT_S = 0.12; // by which the changed sound may be off before it is set right

let view = null, shownToken = '', waiting = null, asking = false;

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

// ---- in step with the video

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
