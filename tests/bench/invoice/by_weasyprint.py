"""The bench's invoice by WeasyPrint: OUT COUNT, the lines on standard input."""

import json
import pathlib
import sys
from html import escape

from weasyprint import HTML

STYLE = """
@page { size: A4; margin: 22mm 20mm; @bottom-center { content: "Page " counter(page) " of " counter(pages); font-size: 8pt } }
body { font: 10pt "Liberation Sans", sans-serif } h1 { font-size: 18pt }
table { width: 100%; border-collapse: collapse } th { text-align: left; border-bottom: 1px solid #333 }
td { padding: 3pt 0; border-bottom: .5px solid #ccc } .n { text-align: right } tfoot td { font-weight: bold }
"""


def page(lines, gross):
    rows = "".join(
        f"<tr><td>{at}</td><td>{escape(name)}</td><td class=n>{quantity}</td><td class=n>{price}</td><td class=n>{rate} %</td>"
        f"<td class=n>{float(quantity) * float(price):.2f}</td></tr>"
        for at, (name, quantity, price, rate) in enumerate(lines, 1)
    )
    return f"""<html lang=en><style>{STYLE}</style><h1>Invoice 2026-0001</h1>
<p>Sample Studio GmbH, Musterstrasse 1, 10115 Berlin<br>to Harbour Clinic GmbH, Hafenallee 12, 20457 Hamburg</p>
<table><thead><tr><th>#<th>What<th class=n>Quantity<th class=n>Price<th class=n>VAT<th class=n>EUR</tr></thead><tbody>{rows}</tbody>
<tfoot><tr><td colspan=5>To be paid<td class=n>{gross}</tr></tfoot></table>
<p>Payable within 14 days of the invoice date, without deduction.</p></html>"""


given = json.load(sys.stdin)
out, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
for at in range(count):
    HTML(string=page(given["lines"], given["gross"])).write_pdf(out / f"bench-{at}.pdf")
