// How the search ranks what it finds; docs/navigation.py puts the places in.
var Scorer = (() => {
  const { explains, weights } = PLACES;
  const asked = (new URLSearchParams(location.search).get("q") || "").trim().toLowerCase();
  // The place that explains the words asked for, or terms that hold them, such as "swing ratio".
  const near = Object.keys(explains).filter((name) => name !== asked && name.split(" ").includes(asked));
  const places = [[explains[asked], 200], ...near.map((name) => [explains[name], 100])];
  return {
    score(result) {
      const [docname, , anchor, , score, , kind] = result;
      if (kind === "object" && anchor.toLowerCase().endsWith("." + asked)) return 300;
      for (const [place, points] of places) {
        if (!place || place[0] !== docname) continue;
        if (kind === "text") result[2] = "#" + place[1]; // lead to the section, not to the page's top
        if (result[2] === "#" + place[1]) return points + score;
      }
      if (docname.startsWith("_modules/")) return score - 20;
      return score + (weights[docname] || 0);
    },
    objNameMatch: 11,
    objPartialMatch: 6,
    objPrio: { 0: 15, 1: 5, 2: -5 },
    objPrioDefault: 0,
    title: 15,
    partialTitle: 7,
    term: 5,
    partialTerm: 2,
  };
})();
