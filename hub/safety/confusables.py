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

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_ENCLOSED = {
    chr(first + place): chr(ord("a") + place)
    for first in (0x1F150, 0x1F170, 0x1F1E6)  # in black circles, in black squares, of flags
    for place in range(26)
}

LATIN_LOOKALIKES = {
    char: latin for table in (_PAIRS, _CAPITALS) for latin, chars in table.items() for char in chars
}
LATIN_LOOKALIKES |= _SMALL_CAPITALS | _ENCLOSED
"""A letter to the Latin one that it passes for."""
