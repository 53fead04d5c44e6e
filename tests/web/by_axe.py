"""What axe is asked about a page: no more than somebody asserts, and what looks the same once."""

from typing import Final

SERIOUS: Final = {"serious", "critical"}

BY_CONTENT: Final = """async () => {
  const without = axe._audit.rules.filter(r => r.id === "color-contrast" || !["serious", "critical"].includes(r.impact));
  const rules = Object.fromEntries(without.map(r => [r.id, { enabled: false }]));
  return axe.run({ resultTypes: ["violations"], preload: false, rules });
}"""
"""Every rule of which a violation is serious, but what `BY_LIGHT` and `BY_COLOUR` ask."""

BY_LIGHT: Final = (
    """() => axe.run({ resultTypes: ["violations"], preload: false, runOnly: ["link-in-text-block", "target-size"] })"""
)

BY_COLOUR: Final = """async () => {
  const known = new Set(JSON.parse(localStorage.getItem("known") ?? "[]")), behind = new Map(), unknown = new Map();
  const under = e => {
    if (e === null) return "";
    if (!behind.has(e)) {
      const { backgroundColor, backgroundImage, opacity, position, filter } = getComputedStyle(e);
      behind.set(e, under(e.parentElement) + [backgroundColor, backgroundImage, opacity, position, filter]);
    }
    return behind.get(e);
  };
  for (const e of document.body.querySelectorAll("*")) {
    if (!e.matches("input, select, textarea") && ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(e);
    const look = [e.disabled, color, fontSize, fontWeight, textShadow, under(e)].join();
    if (!known.has(look)) unknown.set(e, look);
  }
  if (unknown.size === 0) return { violations: [], passes: [] };
  const asked = { runOnly: ["color-contrast"], resultTypes: ["violations", "passes"], preload: false, elementRef: true };
  const { violations, passes } = await axe.run({ include: [...unknown.keys()] }, asked);
  for (const { nodes } of [...violations, ...passes]) for (const node of nodes) known.add(unknown.get(node.element));
  localStorage.setItem("known", JSON.stringify([...known]));
  const named = all => all.map(({ id, impact }) => ({ id, impact }));
  return { violations: named(violations), passes: named(passes) };
}"""
"""Whether text stands out from what lies behind it: most of what axe does. What looks the same, down to what is under it, it is asked once."""
