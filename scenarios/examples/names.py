"""Knows the invented firm names of the example, each in the manner of its country."""

FIRSTS: dict[str, tuple[str, ...]] = {
    "US": ("Harbor Lane", "Copper Ridge", "Bluestem", "O'Malley", "Prairie Signal", "Tallgrass", "Ironwood"),
    "CA": ("Érablière", "Maple Gate", "Trois-Rochers", "Granite Bay"),
    "MX": ("Cenzontle", "Águila Real", "Peña Alta", "Xólotl"),
    "BR": ("Sabiá", "São Tomé", "Ipê Amarelo", "Conexão"),
    "DE": ("Brückner", "Süderfeld", "Weißenborn", "Köhler & Söhne", "Lindgrün"),
    "GB": ("Thornbury", "Ash & Alder", "Kestrel", "Llanfair"),
    "NL": ("Zuiderdijk", "Kruisbrink", "Reünie"),
    "NO": ("Fjordlys", "Bjørnstad", "Østhavn", "Trollvik"),
    "SE": ("Åkerö", "Björksäter", "Nordanå"),
    "FR": ("Châtaigne", "Belle-Étoile", "L'Hêtre", "Noël Frères"),
    "ES": ("Ruiseñor", "Peñalara", "Molí d'Or"),
    "IT": ("Sant'Elìa", "Collefiore", "Virtù"),
    "JP": ("東雲", "北斗", "みなと", "Kazehaya"),
    "KR": ("한빛", "Saebyeok", "Gaon"),
    "AU": ("Wattle Creek", "Jacaranda", "Red Gum"),
    "NZ": ("Kōwhai", "Tūī", "Pōhutukawa"),
}

SECONDS: tuple[str, ...] = (
    "Data", "Systems", "Networks", "Cloud", "Digital", "Consulting", "Solutions", "Technologies", "Software",
    "IT Services", "Computing", "Infrastructure",
)  # fmt: skip

FORMS: dict[str, tuple[str, ...]] = {
    "US": (", Inc.", " LLC", " Corp.", ""),
    "CA": (", Ltd.", " Inc."),
    "MX": (", S.A. de C.V.",),
    "BR": (" Ltda.", " S.A."),
    "DE": (" GmbH", " GmbH & Co. KG", " AG"),
    "GB": (" Ltd", " LLP"),
    "NL": (" B.V.",),
    "NO": (" AS",),
    "SE": (" AB",),
    "FR": (" SARL", ", S.A.S."),
    "ES": (", S.L.",),
    "IT": (" S.r.l.", " S.p.A."),
    "JP": ("株式会社", " K.K."),
    "KR": (" Co., Ltd.",),
    "AU": (" Pty Ltd",),
    "NZ": (" Limited",),
}

AWKWARD: dict[int, str] = {
    7: 'Dana "Danny" Whitlock, Advisors',
    23: "=Equals= Media",
    41: "-30- Communications",
    58: "Fernweh Systemhaus\nNiederlassung Süd",
    77: "+plus Netzwerke",
    96: "@ltstadt Computer",
    118: "'t Zand Automatisering",
    139: "Null",
    163: "Smith, Smith & Smith, Inc.",
    187: "<b>Bold</b> Ideas & Co",
    211: "007 Security",
    229: "Ångström; Öberg; Ærø",
}
"""The partner's place in the table → a name that has broken somebody's spreadsheet, importer or page."""
