"""What axe is asked about a page: no more than somebody asserts, and what looks the same once."""

from typing import Final

SERIOUS: Final = {"serious", "critical"}

_SAID = "({ violations, passes }) => ({ violations: violations.map(({ id, impact }) => ({ id, impact })), passes: passes.length })"
"""Of what axe tells a hundredth is asked for; the rest would be carried through four processes."""

BY_CONTENT: Final = f"""async () => {{
  const without = axe._audit.rules.filter(r => r.id === "color-contrast" || !["serious", "critical"].includes(r.impact));
  const rules = Object.fromEntries(without.map(r => [r.id, {{ enabled: false }}]));
  return axe.run({{ resultTypes: ["violations"], preload: false, rules }}).then({_SAID});
}}"""
"""Every rule of which a violation is serious, but what `BY_LIGHT` and `BY_COLOUR` ask."""

BY_LIGHT: Final = f"""async () => {{
  const boxes = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role][tabindex]")]
    .filter(e => e.checkVisibility({{ visibilityProperty: true }})).map(e => [e, e.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const doubtful = boxes.filter(([e, box]) => Math.min(box.width, box.height) < 24 || boxes.some(([o, other]) => o !== e && meet(box, other)));
  const asked = {{ resultTypes: ["violations"], preload: false }};
  const said = [await axe.run({{ ...asked, runOnly: ["link-in-text-block"] }})];
  if (doubtful.length > 0) said.push(await axe.run({{ include: doubtful.map(([e]) => e) }}, {{ ...asked, runOnly: ["target-size"] }}));
  return ({_SAID})({{ violations: said.flatMap(one => one.violations), passes: said.flatMap(one => one.passes) }});
}}"""
"""What depends on light and width. What can be hit and is neither small nor meets another needs no asking, which is dear: that is nearly all."""

BY_COLOUR: Final = """async () => {
  const known = new Map(JSON.parse(localStorage.getItem("known") ?? "[]")), enough = 4, behind = new Map(), unknown = new Map();
  const under = e => {
    if (e === null) return "";
    if (!behind.has(e)) {
      const { backgroundColor, backgroundImage, opacity, position, filter } = getComputedStyle(e);
      const own = [backgroundColor, backgroundImage, opacity, position, filter].join();
      behind.set(e, under(e.parentElement) + (own === "rgba(0, 0, 0, 0),none,1,static,none" ? "" : own));
    }
    return behind.get(e);
  };
  for (const e of document.body.querySelectorAll("*")) {
    if (!e.matches("input, select, textarea") && ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(e);
    const look = [e.disabled, color, fontSize, fontWeight, textShadow, under(e)].join();
    if (!(known.get(look) >= enough)) unknown.set(e, look);
  }
  if (unknown.size === 0) return { violations: [], passes: 0 };
  // An arch is drawn behind whole pages, hardly darker than their paper: axe would tell nothing of any of them.
  axe._audit.checks["color-contrast"].options.ignorePseudo = true;
  const asked = { runOnly: ["color-contrast"], resultTypes: ["violations", "passes"], preload: false, elementRef: true };
  const found = await axe.run({ include: [...unknown.keys()] }, asked);
  for (const look of new Set(unknown.values())) known.set(look, 1 + (known.get(look) ?? 0));
  for (const { nodes } of [...found.violations, ...found.passes]) for (const node of nodes) known.set(unknown.get(node.element), enough);
  localStorage.setItem("known", JSON.stringify([...known]));
  return (SAID)(found);
}""".replace("SAID", _SAID)
"""Whether text stands out from what lies behind it: most of what axe does. What looks the same, down to what is under it, it is asked once, and of
what it cannot tell at first (out of sight, a single letter) on four pages: what it ever said it said by the third."""
