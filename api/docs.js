"use strict";
const articles = [...document.querySelectorAll("article")].map((a) => ({
  article: a,
  link: document.querySelector('nav a[href="#' + a.id + '"]'),
  text: a.textContent.toLowerCase(),
}));
const found = document.getElementById("found");
document.getElementById("search").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { article, link, text } of articles) {
    const hit = words.every((w) => text.includes(w));
    article.hidden = !hit;
    if (link) link.parentElement.hidden = !hit;
    if (hit) shown++;
  }
  found.textContent = words.length ? shown + " found" : "";
});
