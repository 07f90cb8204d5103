// Draws each image with what is foreground above the slider's threshold. An image's gray value,
// probability and label are the red, green and blue of one PNG.
for (const view of document.querySelectorAll(".thresholds")) {
  const slider = view.querySelector("input"), chosen = view.querySelector("output");
  const colours = JSON.parse(view.dataset.colours);

  const pieces = (found, width) => {  // 4-connected components
    const parent = found.map((_, i) => i);
    const root = (i) => {
      while (parent[i] !== i) i = parent[i] = parent[parent[i]];
      return i;
    };
    let count = 0;
    found.forEach((is, i) => {
      if (!is) return;
      ++count;
      for (const before of [i % width > 0 ? i - 1 : -1, i - width]) {
        if (before < 0 || !found[before]) continue;
        const a = root(before), b = root(i);
        if (a !== b) --count;
        parent[b] = a;
      }
    });
    return count;
  };

  const draw = (one) => {
    const threshold = Number(slider.value);
    const {canvas, said, pixels, labelled} = one;
    const shown = new ImageData(canvas.width, canvas.height);
    const found = new Array(canvas.width * canvas.height);
    let wrong = 0, annotated = 0;
    for (let i = 0; i < found.length; ++i) {
      const [gray, probability, label] = pixels.subarray(4 * i, 4 * i + 3);
      found[i] = probability > 255 * threshold;
      const known = labelled && label !== 128, truth = label === 255;
      annotated += known;
      wrong += known && truth !== found[i];
      const kind = known && truth !== found[i] ? (truth ? "missed" : "false") : found[i] ? "found" : "";
      const share = kind === "found" ? 0.35 : 0.85;
      for (let c = 0; c < 3; ++c) {
        shown.data[4 * i + c] = kind ? (1 - share) * gray + share * colours[kind][c] : gray;
      }
      shown.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(shown, 0, 0);
    said.textContent = (labelled ? `${(100 * wrong / Math.max(annotated, 1)).toFixed(2)} % of pixels wrong, ` : "") +
      `${pieces(found, canvas.width)} connected pieces` + (labelled ? `, ${one.cells} annotated` : "");
  };

  const images = [];
  const drawAll = () => {
    chosen.textContent = Number(slider.value).toFixed(2);
    images.forEach(draw);
  };
  for (const canvas of view.querySelectorAll("canvas")) {
    const source = new Image();
    source.onload = () => {
      canvas.width = source.width;
      canvas.height = source.height;
      const context = canvas.getContext("2d", {willReadFrequently: true});
      context.drawImage(source, 0, 0);
      const pixels = context.getImageData(0, 0, source.width, source.height).data;
      const labelled = canvas.dataset.labelled === "1";
      const truth = Array.from({length: pixels.length / 4}, (_, i) => pixels[4 * i + 2] === 255);
      images.push({canvas, said: canvas.nextElementSibling, pixels, labelled, cells: pieces(truth, source.width)});
      drawAll();
    };
    source.src = canvas.dataset.source;
  }
  slider.oninput = drawAll;
}
