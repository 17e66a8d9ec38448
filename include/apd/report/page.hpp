#pragma once
// A report as one self-contained HTML file: text, tables and figures, without scripts or anything from the net.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <apd/core/error.hpp>
#include <apd/report/svg.hpp>

namespace apd::ext {

namespace detail {

/// The one style sheet, of the page and of all figures. Paper is always light; a screen follows the reader's choice.
inline constexpr std::string_view page_style = R"css(
:root{color-scheme:light;--paper:#fff;--ink:#1d2129;--soft:#5b6472;--line:#d9dde3;--faint:#eceff3;--panel:#fbfcfd;
--negative:#b2322b;--positive:#1f66ad;--zero:#f7f7f8;--lost:#9aa1ab;--colour-0:#0b6bb5;--colour-1:#c64f0c;
--colour-2:#17805a;--colour-3:#a83f8f;--colour-4:#8a6700;--colour-5:#117e98;--colour-6:#c2293f;--colour-7:#5d5fb8;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
--serif:Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,serif}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--paper:#14171c;--ink:#e4e7ec;--soft:#9aa4b2;
--line:#353c47;--faint:#252b33;--panel:#191d23;--negative:#ff8a75;--positive:#6db5ff;--zero:#1e232a;--lost:#6b7480;
--colour-0:#62b0f5;--colour-1:#ff9552;--colour-2:#4fcb9b;--colour-3:#e58acb;--colour-4:#dcb53d;--colour-5:#5ccbe0;
--colour-6:#ff7d8c;--colour-7:#a5a6f6}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 var(--serif);counter-reset:figure table}
main{max-width:62rem;margin:0 auto;padding:3.5rem 1.5rem 5rem}
h1,h2{font-family:var(--sans);font-weight:650;line-height:1.2;text-wrap:balance}
h1{font-size:2.1rem;letter-spacing:-.015em;margin:0}
h2{font-size:1.3rem;margin:3rem 0 .75rem;break-after:avoid}
.subtitle{font:1.1rem/1.5 var(--sans);color:var(--soft);margin:.5rem 0 2.5rem;max-width:44rem}
p{max-width:42rem;margin:0 0 1rem;white-space:pre-line}
figure{margin:1.75rem 0 2.25rem;font-family:var(--sans)}
figcaption,caption{font:.875rem/1.5 var(--sans);color:var(--soft);max-width:44rem;text-align:left}
figcaption{margin-top:.9rem;counter-increment:figure;break-before:avoid}
figcaption::before{content:"Figure " counter(figure) ". ";color:var(--ink);font-weight:600}
caption{padding-bottom:.6rem;counter-increment:table}
caption::before{content:"Table " counter(table) ". ";color:var(--ink);font-weight:600}
@media screen{.scroll,.chart{overflow-x:auto}}
table{border-collapse:collapse;margin:1.25rem 0 2rem;font:.9rem/1.4 var(--sans);font-variant-numeric:tabular-nums;
border-bottom:1.5px solid var(--ink)}
thead{border-top:1.5px solid var(--ink);border-bottom:1px solid var(--soft)}
th,td{padding:.38rem 1.5rem .38rem 0;text-align:left;vertical-align:baseline}
th:last-child,td:last-child{padding-right:.25rem}
th{font-weight:600}
tbody tr+tr{border-top:1px solid var(--faint)}
tr{break-inside:avoid}
.number{text-align:right}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:0 2.5rem;margin:1.25rem 0 2rem;
font:.9rem/1.4 var(--sans)}
dl div{display:flex;justify-content:space-between;gap:1rem;padding:.38rem 0;border-bottom:1px solid var(--faint);
break-inside:avoid}
dt{color:var(--soft)}
dd{margin:0;text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
svg{display:block;overflow:visible}
text{font-family:var(--sans);fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
.verdict{font:600 1.15rem/1.45 var(--sans);max-width:44rem;margin:1.5rem 0 .6rem}
.warning{font:.95rem/1.5 var(--sans);max-width:44rem;margin:0 0 .6rem;padding:.15rem 0 .15rem .8rem;
border-left:3px solid var(--negative)}
.warning b{color:var(--negative)}
.numbered{position:relative}
.numbers{position:absolute;left:0;top:0}
details{font:.95rem/1.5 var(--sans);margin:0 0 2rem}
summary{color:var(--soft);cursor:pointer}
.panels{display:flex;flex-wrap:wrap;gap:1.1rem .75rem}
.panel{break-inside:avoid}
.panel-title{font-size:.8rem;line-height:1.3;font-weight:600;margin-bottom:.35rem}
.panel-note{font-size:.75rem;line-height:1.35;color:var(--soft);margin-top:.3rem}
.legend{display:flex;flex-wrap:wrap;align-items:center;gap:.2rem .9rem;margin-top:.9rem;font-size:.8rem;
color:var(--soft);font-variant-numeric:tabular-nums;break-inside:avoid}
.swatch{display:inline-block;width:.65em;height:.65em;border-radius:50%;margin-right:.35em;print-color-adjust:exact;
-webkit-print-color-adjust:exact}
.ring{width:.8em;height:.8em;border:1px dashed var(--soft);vertical-align:-.05em}
.frame{fill:var(--panel);stroke:var(--line)}
.axes,.grid{fill:none;stroke:var(--faint)}
.guide{fill:none;stroke:var(--lost);stroke-width:.75;stroke-dasharray:2.5 3}
.vector{stroke:currentColor;stroke-width:1.75;stroke-linecap:round}
.origin{fill:var(--soft);stroke:var(--panel)}
.tip{fill:currentColor;font-size:10px;font-weight:600;text-anchor:middle}
.matrix{background:var(--zero);outline:1px solid var(--line);shape-rendering:crispEdges;print-color-adjust:exact;
-webkit-print-color-adjust:exact}
.negative{fill:var(--negative)}
.positive{fill:var(--positive)}
.not-finite{fill:var(--lost)}
.figure-title{font-size:.95rem;font-weight:600;margin-bottom:.75rem}
.chart svg{width:100%;min-width:32rem;max-width:52rem}
.chart{break-inside:avoid}
.axis{fill:none;stroke:var(--soft)}
.curve{fill:none;stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
.curve-name{fill:inherit;font-weight:550}
.tick-x,.axis-x{text-anchor:middle}
.tick-y{text-anchor:end}
.axis-x,.axis-y{fill:var(--ink)}
.bars{fill-opacity:.75}
.row-note{fill:var(--soft)}
.median{fill:none;stroke:var(--ink);stroke-width:1.5}
.median-value{fill:var(--ink);text-anchor:middle}
.points{fill:none;stroke-opacity:.75;stroke-linecap:round;stroke-linejoin:round}
.diagonal{fill:none;stroke:var(--ink);stroke-dasharray:5 3}
.point-label{fill:var(--ink);font-size:10px;text-anchor:middle;stroke:var(--paper);stroke-width:2.5;
stroke-linejoin:round;paint-order:stroke}
.share{fill:var(--positive);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.share-count{fill:var(--ink);text-anchor:middle}
.marker{display:inline-block;margin-right:.4em;vertical-align:-.1em}
@media print{@page{margin:18mm 16mm}body{font-size:10.5pt}main{max-width:none;padding:0}
table{font-size:7.5pt}th,td{padding-right:.8em}}
)css";

}  // namespace detail

/// A table; a column is set right-aligned if all its cells are numbers (or empty, or a dash).
/// Errors: `apd::error` if a row has not one cell for each header.
std::string table_figure(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows,
                         std::string_view caption = {});

/// An HTML page, filled from top to bottom; each call adds a block and returns the page.
///
/// Every text is escaped. Only `figure` takes HTML: what the figure functions of this room return.
class page {
  public:
    explicit page(std::string_view title, std::string_view subtitle = {});

    page& heading(std::string_view text) { return block("<h2>", text, "</h2>\n"); }
    page& paragraph(std::string_view text) { return block("<p>", text, "</p>\n"); }

    page& figure(std::string_view html);

    /// What came of it all, in one line.
    page& verdict(std::string_view text) { return block("<p class=\"verdict\">", text, "</p>\n"); }
    page& warning(std::string_view text) { return block("<p class=\"warning\"><b>Warning:</b> ", text, "</p>\n"); }

    /// The same as `figure(table_figure(…))`.
    page& table(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows,
                std::string_view caption = {});

    /// Names and their values, such as the options of a run.
    page& key_values(const std::vector<std::pair<std::string, std::string>>& entries);

    /// The whole file. Its content-security policy forbids everything but its own style.
    std::string html() const;

  private:
    std::string title_, subtitle_, body_;

    page& block(std::string_view open, std::string_view text, std::string_view close);
};

}  // namespace apd::ext

namespace apd {
using ext::table_figure, ext::page;
}  // namespace apd

#ifndef APD_COMPILED
#include <apd/report/page.ipp>
#endif
