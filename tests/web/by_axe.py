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

BY_LIGHT: Final = f"""() => axe.run({{
  resultTypes: ["violations"], preload: false, runOnly: ["link-in-text-block", "target-size"]
}}).then({_SAID})"""

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
  if (unknown.size === 0) return { violations: [], passes: 0 };
  const asked = { runOnly: ["color-contrast"], resultTypes: ["violations", "passes"], preload: false, elementRef: true };
  const found = await axe.run({ include: [...unknown.keys()] }, asked);
  for (const { nodes } of [...found.violations, ...found.passes]) for (const node of nodes) known.add(unknown.get(node.element));
  localStorage.setItem("known", JSON.stringify([...known]));
  return (SAID)(found);
}""".replace("SAID", _SAID)
"""Whether text stands out from what lies behind it: most of what axe does. What looks the same, down to what is under it, it is asked once."""
