// What test_browser.py asks a page in the browser. An object of functions; each returns plain values.
({
  // Everything that can be unfolded is looked at too.
  unfold() {
    document.querySelectorAll("details").forEach((details) => (details.open = true));
  },

  // Sounds that do not load, or that have no length.
  async sounds(patience) {
    const found = [...document.querySelectorAll("audio")].map(async (audio, index) => {
      const loaded = new Promise((resolve) => {
        audio.addEventListener("loadedmetadata", () => resolve(""));
        audio.addEventListener("error", () => resolve(audio.error?.message || "cannot be loaded"));
        setTimeout(() => resolve("does not load in time"), patience);
      });
      if (!audio.src && !audio.querySelector("source")) return [`audio ${index}: no source`];
      audio.preload = "metadata";
      audio.load();
      const trouble = await loaded;
      const sounds = Number.isFinite(audio.duration) && audio.duration > 0;
      return trouble || !sounds ? [`audio ${index}: ${trouble || `duration ${audio.duration}`}`] : [];
    });
    return (await Promise.all(found)).flat();
  },

  // Pictures without a size. In the text each must be seen; around it there are icons that are hidden at times.
  async pictures(place) {
    const found = [...document.querySelectorAll("svg, img")].map(async (picture, index) => {
      if (picture.closest("svg") !== picture && picture.tagName !== "IMG") return [];
      const text = picture.closest(place) !== null;
      if (!text && !picture.checkVisibility()) return [];
      const name = `${picture.tagName.toLowerCase()} ${index}`;
      if (picture.tagName === "IMG") {
        picture.loading = "eager";
        const good = await picture.decode().then(() => true, () => false);
        if (!good || picture.naturalWidth === 0) return [`${name}: no picture`];
      }
      const { width, height } = picture.getBoundingClientRect();
      return width >= 4 && height >= 4 ? [] : [`${name}: ${width} × ${height} pixels`];
    });
    return (await Promise.all(found)).flat();
  },

  // A page that is wider than the window; code and tables may scroll inside themselves.
  width() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const scrolls = (node) =>
      node && node !== document.body &&
      (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
    const wide = [...document.body.querySelectorAll("*")].filter(
      (node) => node.getBoundingClientRect().right > clientWidth + 1 && !scrolls(node.parentElement));
    const names = wide.slice(0, 3).map((node) => node.outerHTML.slice(0, 60)).join("; ");
    return [`the page is ${scrollWidth} pixels wide, the window ${clientWidth}: ${names}`];
  },

  // Text whose colour is too near to that of its background (WCAG 2: 4.5 to 1; 3 to 1 if large, or in a drawing).
  contrast() {
    const channels = (colour) => {
      const found = colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
      return colour.startsWith("color(srgb") ? [...found.slice(0, 3).map((part) => 255 * part), found[3] ?? 1]
        : [found[0], found[1], found[2], found[3] ?? 1];
    };
    const over = (top, bottom) =>
      [0, 1, 2].map((index) => top[index] * top[3] + bottom[index] * (1 - top[3])).concat(1);
    const light = (colour) => {
      const [red, green, blue] = colour.slice(0, 3).map((part) =>
        part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = new Map([[null, [255, 255, 255, 1]]]);
    const behind = (node) => {
      if (!ground.has(node)) {
        const own = node.ownerSVGElement ? [0, 0, 0, 0] : channels(getComputedStyle(node).backgroundColor);
        ground.set(node, over(own, behind(node.parentElement)));
      }
      return ground.get(node);
    };
    // What a drawing has painted under a text before it.
    const painted = (node, back) => {
      const box = node.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
      for (const rect of node.closest("svg").querySelectorAll("rect")) {
        if (!(rect.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
        const place = rect.getBoundingClientRect(), style = getComputedStyle(rect), fill = channels(style.fill);
        if (x < place.left || x > place.right || y < place.top || y > place.bottom) continue;
        back = over([...fill.slice(0, 3), fill[3] * Number(style.fillOpacity) * Number(style.opacity)], back);
      }
      return back;
    };
    const opacity = (node) =>
      node ? Number(getComputedStyle(node).opacity) * opacity(node.parentElement) : 1;
    const found = new Map();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode.parentElement;
      const words = texts.currentNode.data.trim();
      if (!words || !node.checkVisibility({ visibilityProperty: true }) || node.closest("title, desc")) continue;
      const box = node.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1) continue;  // for screen readers only
      const style = getComputedStyle(node);
      const drawn = node.closest("svg") !== null;
      const colour = channels(drawn ? style.fill : style.color);
      const back = drawn ? painted(node, behind(node)) : behind(node);
      const front = over([...colour.slice(0, 3), colour[3] * opacity(node)], back);
      const [dark, bright] = [light(front), light(back)].sort((one, other) => one - other);
      const ratio = (bright + 0.05) / (dark + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.5 && Number(style.fontWeight) >= 700);
      if (ratio >= (drawn || large ? 3 : 4.5)) continue;
      const shown = (parts) => `rgb(${parts.slice(0, 3).map(Math.round)})`;
      const place = `${node.tagName.toLowerCase()}.${[...node.classList].join(".")}`;
      const key = `${place} ${shown(front)} ${shown(back)}`;
      if (!found.has(key)) {
        found.set(key, `${place} “${words.slice(0, 30)}”: ${shown(front)} on ${shown(back)} is ${ratio.toFixed(1)}`);
      }
    }
    return [...found.values()].slice(0, 12);
  },

  // Where a link on another page may lead.
  anchors() {
    return [...document.querySelectorAll("[id], a[name]")].map((node) => node.id || node.name);
  },

  // Where this page leads: as written, and in full.
  links() {
    return [...document.querySelectorAll("a[href]")].map((node) =>
      [node.getAttribute("href"), new URL(node.getAttribute("href"), document.baseURI).href]);
  },
})
