// What is drawn over a frame: masks in their classes' colors, what is silent, uncertainty. A part of player.js.

const FRAMES_KEPT = 12; // decoded masks, of the ones that were shown last
const GROUNDS = { spotlight: ['#000', 0.75], silhouettes: ['#808080', 1] }; // what covers the silent pixels, how opaque
const decoded = new Map(); // by PNG

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
