"""More documents of the vectors' kind: every corner by hand and many by chance, with their totals in Python's decimals.

The arithmetic here is written for this file alone, from EN 16931, so that it can disagree with Baton's."""

import random
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, getcontext

getcontext().prec = 60
EXPONENT = {"EUR": 2, "USD": 2, "CHF": 2, "SEK": 2, "JPY": 0, "ISK": 0, "KWD": 3, "BHD": 3, "PLN": 2, "GBP": 2}
ZERO = Decimal(0)


def line(qty, price, cat="S", rate="19", **more):
    return {"id": None, "qty": qty, "price": price, "cat": cat, "rate": rate, **more}


def case(name, *lines, **more):
    for place, found in enumerate(lines, 1):
        found["id"] = str(place)
    currency = more.get("currency", "EUR")
    return {"id": name, "currency": currency, "type": "invoice", "rounding": "half_up",
            "minor_units": EXPONENT[currency], "en16931": EXPONENT[currency] <= 2, **more, "lines": list(lines)}


def tax(cat, rate="0"):
    return {"cat": cat, "rate": rate}


def corners():
    """One document per way in which invoices have been found wrong elsewhere."""
    yield case("M01-zero-quantity", line("0", "100.00"), line("1", "5.00"))
    yield case("M02-nothing-but-zero", line("0", "100.00"))
    yield case("M03-price-of-zero", line("3", "0"))
    yield case("M04-all-taken-back", line("1", "100.00"), line("-1", "100.00"))
    yield case("M05-long-price", line("7", "0.123456789"), line("3.333333", "1.0000001"))
    yield case("M06-small-price-large-base", line("1234567", "0.0175", base_qty="10000"))
    yield case("M07-base-below-one", line("2", "3.50", base_qty="0.5"))
    yield case("M08-negative-line-with-discount",
               line("5", "200.00"), line("-2", "33.35", allowances=[{"percent": "12.5"}], charges=[{"amount": "0.99"}]))
    yield case("M09-many-adjustments", line("3", "33.33", allowances=[{"percent": "10"}, {"amount": "1.11"}, {"percent": "2.25"}],
                                            charges=[{"percent": "3.3"}, {"amount": "0.01"}]))
    yield case("M10-document-charges", line("1", "99.99"), line("2", "10.05", rate="7"),
               doc_charges=[{"amount": "4.90", **tax("S", "19")}, {"percent": "1.5", "base": "20.10", **tax("S", "7")}],
               doc_allowances=[{"amount": "9.99", **tax("S", "19")}, {"percent": "3", **tax("S", "19")}])
    yield case("M11-charge-alone-in-its-group", line("1", "50.00"), doc_charges=[{"amount": "3.00", **tax("S", "7")}])
    yield case("M12-exempt", line("1", "50.00", "E", "0"))
    yield case("M13-zero-rated", line("1", "50.00", "Z", "0"))
    yield case("M14-inside-the-union", line("4", "12.30", "K", "0"))
    yield case("M15-export", line("4", "12.30", "G", "0"))
    yield case("M16-outside", line("4", "12.30", "O", "0"),
               doc_allowances=[{"percent": "5", "base": "49.20", **tax("O")}], doc_charges=[{"amount": "1.00", **tax("O")}])
    yield case("M17-all-kinds", line("1", "10.00"), line("1", "20.00", rate="7"), line("1", "30.00", "Z", "0"),
               line("1", "40.00", "E", "0"), line("1", "50.00", "AE", "0"), line("1", "60.00", "K", "0"), line("1", "70.00", "G", "0"))
    yield case("M18-rate-written-twice", line("1", "10.05", rate="19"), line("1", "10.05", rate="19.0"), line("1", "10.05", rate="19.00"))
    yield case("M19-odd-rates", line("1", "33.33", rate="5.5"), line("1", "33.33", rate="2.1"), line("1", "33.33", rate="25.5"))
    yield case("M20-paid-on-account", line("1", "100.00"), prepaid="50.00")
    yield case("M21-paid-in-full", line("1", "100.00"), prepaid="119.00")
    yield case("M22-paid-too-much", line("1", "100.00"), prepaid="150.00")
    yield case("M23-cash-down", line("1", "107.05", rate="8.1"), currency="CHF", cash_increment="0.05")
    yield case("M24-cash-krona", line("1", "99.99", rate="25"), currency="SEK", cash_increment="1.00")
    yield case("M25-yen-with-fractions", line("2.5", "333", rate="10"), line("3", "33.4", rate="8"),
               line("-1.5", "101", rate="10"), currency="JPY")
    yield case("M26-yen-discounts", line("7", "333", rate="10", allowances=[{"percent": "3.3"}]), currency="JPY",
               doc_allowances=[{"percent": "7", **tax("S", "10")}])
    yield case("M27-dinar", line("3", "1.0005", rate="5"), currency="KWD")
    yield case("M28-credit-note-part", line("2", "19.99"), type="credit_note")
    yield case("M29-credit-note-reverse-charge", line("2", "19.99", "AE", "0"), type="credit_note")
    yield case("M30-credit-note-inside-the-union", line("2", "19.99", "K", "0"), type="credit_note")
    yield case("M31-credit-note-export", line("2", "19.99", "G", "0"), type="credit_note")
    yield case("M32-credit-note-outside", line("2", "19.99", "O", "0"), type="credit_note")
    yield case("M33-credit-note-yen", line("2.5", "333", rate="10"), type="credit_note", currency="JPY")
    yield case("M34-credit-note-cash-and-discounts", line("3", "35.69", rate="8.1", allowances=[{"percent": "10"}]),
               type="credit_note", currency="CHF", cash_increment="0.05", doc_charges=[{"amount": "2.00", **tax("S", "8.1")}])
    yield case("M35-tax-in-another-currency", line("10", "131.00"), currency="USD", vat_currency="EUR", vat_rate_of_exchange="0.9137")
    yield case("M36-tax-in-yen", line("10", "131.00"), vat_currency="JPY", vat_rate_of_exchange="163.271")
    yield case("M37-tax-in-its-own-currency", line("1", "10.00"), vat_currency="EUR", vat_rate_of_exchange="1")
    yield case("M38-large", line("999999", "99999.99"), line("1", "1234567890.12"))
    yield case("M39-hundred-lines", *(line(f"{n % 7}.{n % 4 * 25}", f"{n * 1.37:.4f}", rate=("19", "7")[n % 2],
                                           allowances=[{"percent": str(n % 13)}]) for n in range(1, 101)),
               doc_allowances=[{"percent": "3", **tax("S", "19")}, {"percent": "3", **tax("S", "7")}])
    yield case("M40-owed-to-the-client", line("-1", "100.00"))
    yield case("M41-half-even", line("2.5", "1.01"), line("1", "0.125"), rounding="half_even")
    yield case("M42-cent-by-cent", *(line("1", "0.005") for _ in range(9)))
    yield case("M43-discount-of-all", line("1", "10.00", allowances=[{"percent": "100"}]))
    yield case("M44-outside-and-cash", line("1", "10.02", "O", "0"), currency="CHF", cash_increment="0.05")
    yield case("M45-tax-in-dinar", line("1", "10.00"), vat_currency="KWD", vat_rate_of_exchange="0.33", en16931=False)


def by_chance(count, seed):
    pick = random.Random(seed)
    for number in range(count):
        currency = pick.choice(["EUR"] * 5 + ["CHF", "USD", "JPY", "SEK", "KWD"])
        digits = EXPONENT[currency]
        cats = pick.choice([["S"], ["S"], ["S", "E", "Z"], ["AE"], ["S", "AE"], ["K"], ["G"], ["O"], ["S", "K", "G", "E"]])

        def rated():
            cat = pick.choice(cats)
            return cat, pick.choice(["19", "7", "8.1", "5.5", "20"]) if cat == "S" else "0"

        def amount(most):
            return f"{pick.uniform(0, most):.{digits}f}"

        def adjusted(chance):
            out = []
            while pick.random() < chance:
                if pick.random() < 0.6:
                    out.append({"percent": pick.choice(["1", "2.5", "3", "10", "33.33", "12.345"])})
                else:
                    out.append({"amount": amount(9)})
            return out

        lines = []
        for _ in range(pick.choice([1, 1, 2, 3, 5, 12])):
            cat, rate = rated()
            found = line(pick.choice(["1", "3", "0", "2.5", "12.75", "0.333", "-1", "123456", "1.000001"]),
                         f"{pick.uniform(0, 900):.{pick.choice([0, 2, 2, 3, 5])}f}", cat, rate)
            if pick.random() < 0.2:
                found["base_qty"] = pick.choice(["10", "1000", "12", "0.25"])
            for name in ("allowances", "charges"):
                if some := adjusted(0.25):
                    found[name] = some
            lines.append(found)
        more = {}
        used = sorted({(found["cat"], found["rate"]) for found in lines})
        for name in ("doc_allowances", "doc_charges"):
            if some := adjusted(0.25):
                more[name] = [{**found, **tax(*pick.choice(used))} for found in some]
        if pick.random() < 0.2:
            more["prepaid"] = amount(100)
        if currency in ("CHF", "SEK") and pick.random() < 0.6:
            more["cash_increment"] = {"CHF": "0.05", "SEK": "1.00"}[currency]
        if currency == "USD" and pick.random() < 0.5:
            more |= {"vat_currency": "EUR", "vat_rate_of_exchange": "0.9137"}
        if pick.random() < 0.15:
            more["type"] = "credit_note"
        if pick.random() < 0.1:
            more["rounding"] = "half_even"
        yield case(f"C{number:03}", *lines, currency=currency, **more)


def totals(document):
    """What EN 16931 makes of it: each figure rounded once, tax on the sum of each category and rate."""
    digits = EXPONENT[document["currency"]]
    how = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}[document["rounding"]]

    def rounded(value, places=digits):
        return value.quantize(Decimal(1).scaleb(-places), how) + ZERO

    def text(value, places=digits):
        return f"{rounded(value, places) + 0:f}"

    def of(found, stands_on):
        if "amount" in found:
            return Decimal(found["amount"])
        return rounded(Decimal(found.get("base", stands_on)) * Decimal(found["percent"]) / 100)

    def group(found):
        return found["cat"], Decimal(found["rate"]).normalize()

    groups, lines = {}, []
    for found in document["lines"]:
        product = Decimal(found["qty"]) * Decimal(found["price"]) / Decimal(found.get("base_qty", "1"))
        allowance = sum((of(one, product) for one in found.get("allowances", ())), ZERO)
        charge = sum((of(one, product) for one in found.get("charges", ())), ZERO)
        net = rounded(product - allowance + charge)
        groups[group(found)] = groups.get(group(found), ZERO) + net
        lines.append({"id": found["id"], "allowance": text(allowance), "charge": text(charge), "net": text(net)})
    of_lines, sums = dict(groups), {}
    for name, sign in (("doc_allowances", -1), ("doc_charges", 1)):
        sums[name] = ZERO
        for found in document.get(name, ()):
            amount = of(found, of_lines.get(group(found), ZERO))
            sums[name] += amount
            groups[group(found)] = groups.get(group(found), ZERO) + sign * amount
    vat = [(cat, rate, taxable, rounded(taxable * rate / 100)) for (cat, rate), taxable in sorted(groups.items())]
    sum_lines = sum((Decimal(one["net"]) for one in lines), ZERO)
    net = sum_lines - sums["doc_allowances"] + sums["doc_charges"]
    vat_total = sum((tax for *_, tax in vat), ZERO)
    gross = net + vat_total
    prepaid = Decimal(document.get("prepaid", "0"))
    due = gross - prepaid
    if step := Decimal(document.get("cash_increment", "0")):
        due = (due / step).quantize(Decimal(1), how) * step
    shown = {
        "lines": lines, "sum_lines": text(sum_lines), "sum_allowances": text(sums["doc_allowances"]),
        "sum_charges": text(sums["doc_charges"]), "net": text(net),
        "vat": [{"cat": cat, "rate": f"{rate:f}", "taxable": text(taxable), "tax": text(tax)} for cat, rate, taxable, tax in vat],
        "vat_total": text(vat_total), "gross": text(gross), "prepaid": text(prepaid),
        "payable_rounding": text(due - (gross - prepaid)), "due": text(due),
    }
    if to := document.get("vat_currency"):
        shown["vat_total_accounting"] = text(vat_total * Decimal(document["vat_rate_of_exchange"]), EXPONENT[to])
    return shown


def all_cases(count=150):
    made = [*corners(), *by_chance(count, 16931)]
    return [{**document, "expected": totals(document)} for document in made]
