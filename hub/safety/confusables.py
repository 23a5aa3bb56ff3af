"""Letters of other alphabets that are drawn like Latin ones; a small part of Unicode's confusables.txt."""

_PAIRS = {
    "a": "аαɑ", "b": "вьƅ", "c": "сϲᴄ", "d": "ԁɗ", "e": "еєεҽ", "f": "ғϝ", "g": "ɡց", "h": "һհнη",
    "i": "іιıɩ", "j": "јϳ", "k": "кκ", "l": "ӏⅼɫł", "m": "мϻ", "n": "пո", "o": "оοօσø", "p": "рρ",
    "q": "ԛզ", "r": "гᴦ", "s": "ѕꜱ", "t": "тτ", "u": "υսц", "v": "ѵν", "w": "ԝѡω", "x": "хχ",
    "y": "уүγ", "z": "ᴢ",
}  # fmt: skip
_CAPITALS = {
    "a": "АΑ", "b": "ВΒ", "c": "СϹ", "e": "ЕΕ", "h": "НΗ", "i": "ІΙ", "j": "Ј", "k": "КΚ",
    "m": "МΜ", "n": "Ν", "o": "ОΟ", "p": "РΡ", "s": "Ѕ", "t": "ТΤ", "x": "ХΧ", "y": "УΥ", "z": "Ζ",
}  # fmt: skip

LATIN_LOOKALIKES = {
    char: latin for table in (_PAIRS, _CAPITALS) for latin, chars in table.items() for char in chars
}
"""A letter to the Latin one that it passes for."""
