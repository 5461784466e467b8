"""Themes: what an experience is about, and which concepts, moods and phrases it favours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """One theme.

    Attributes:
        name: English name, the key in THEMES.
        topics: Chinese topic words, 2 to 3 characters each.
        concepts: names of the concepts it favours.
        moods: weight of each of MOODS.
        clauses: what one does or feels in it, to follow a place or a person.
    """

    name: str
    topics: tuple[str, ...]
    concepts: tuple[str, ...]
    moods: tuple[int, int, int]
    clauses: tuple[str, ...]


def _theme(name: str, topics: str, moods: tuple[int, int, int], concepts: str, clauses: str) -> Theme:
    return Theme(name, tuple(topics.split()), tuple(concepts.split()), moods, tuple(clauses.split()))


_TABLE = (
    _theme(
        "parting",
        "离别 告别 送别 远行",
        (7, 3, 0),
        "willow train bridge boat sail goose umbrella wine plane streetlamp",
        "挥手告别 目送你走远 各自转身 送你一程",
    ),
    _theme(
        "homesickness",
        "乡愁 思乡 故乡 归乡",
        (5, 4, 1),
        "moon goose house river letter well lantern tree dog wheat",
        "想起故乡 思念家乡 望向故乡 梦回故里",
    ),
    _theme(
        "harvest",
        "丰收 秋收 田园",
        (0, 3, 7),
        "wheat apple grape scarecrow windmill drum fence sun sunflower mushroom",
        "收获喜悦 唱起丰年 忙着秋收 擦去汗水",
    ),
    _theme(
        "reunion",
        "重逢 团圆 归来 相聚",
        (0, 3, 7),
        "lantern wine teapot door house train moon campfire candle dog",
        "久别重逢 与你团圆 拥抱亲人 围坐一桌",
    ),
    _theme(
        "youth",
        "青春 少年 校园 毕业",
        (1, 3, 6),
        "bicycle guitar book kite swing bench sun butterfly rose balloon",
        "不负青春 正当年少 谈起理想 追逐青春",
    ),
    _theme(
        "journey",
        "旅途 远方 流浪 行走",
        (2, 5, 3),
        "train camel dune horse mountain plane tent sail cactus key",
        "走向远方 四处流浪 背起行囊 踏上旅途",
    ),
    _theme(
        "love",
        "爱情 恋人 心动 相爱",
        (1, 2, 7),
        "rose butterfly moon umbrella bench star letter fan rainbow grape",
        "与你相爱 靠在你肩上 牵手走过 爱上了你",
    ),
    _theme(
        "heartbreak",
        "失恋 心碎 错过 遗憾",
        (9, 1, 0),
        "wine candle streetlamp guitar maple window key clock cat door",
        "错过了你 忘不掉你 爱已走远 只剩遗憾",
    ),
    _theme(
        "childhood",
        "童年 儿时 纯真 玩伴",
        (1, 4, 5),
        "kite swing snail rabbit snowman turtle balloon windmill fish cat",
        "想起童年 追逐打闹 听妈妈讲故事 捉着迷藏",
    ),
    _theme(
        "winter",
        "冬天 寒冬 冬夜",
        (4, 4, 2),
        "plum pine snowman mountain campfire teapot tent rabbit lantern candle",
        "熬过寒冬 等待春天 踏雪而行 呵着白气",
    ),
    _theme(
        "summer",
        "夏天 盛夏 仲夏",
        (0, 4, 6),
        "lotus fish star fan wave turtle grape cactus butterfly mushroom",
        "听着蝉鸣 度过盛夏 吹着晚风 数着夏夜",
    ),
    _theme(
        "spring",
        "春天 初春 踏青",
        (0, 3, 7),
        "butterfly willow bird kite rainbow bamboo mushroom river rabbit bell",
        "迎接春天 走进春天 春意盎然 等花盛开",
    ),
    _theme(
        "sea",
        "大海 海边 海洋 海岸",
        (2, 4, 4),
        "wave sail lighthouse whale shell turtle boat bird sun cloud",
        "走向大海 听海说话 吹着海风 赤脚踏沙",
    ),
    _theme(
        "solitude",
        "孤独 寂寞 失眠 一个人",
        (8, 3, 0),
        "moon streetlamp cat clock window well lighthouse whale bench snail",
        "与孤独相伴 无处可去 听寂寞唱歌 数着长夜",
    ),
    _theme(
        "time",
        "时光 流年 回忆 往事",
        (4, 6, 1),
        "clock bridge pagoda book door tree river well key bench",
        "感叹流年 翻看回忆 追忆往事 任时光流走",
    ),
    _theme(
        "dream",
        "梦想 希望 自由 飞翔",
        (0, 3, 8),
        "star plane bird kite balloon horse sunflower mountain drum lighthouse",
        "追逐梦想 怀抱希望 奔向自由 勇敢飞翔",
    ),
    _theme(
        "peace",
        "宁静 平凡 生活 安宁",
        (0, 7, 3),
        "bamboo teapot cat fence house lotus snail pine book bell",
        "享受宁静 过着平凡 安度余生 与世无争",
    ),
    _theme(
        "festival",
        "新年 佳节 过节 节日",
        (0, 2, 8),
        "lantern drum bell wine candle fish fan snowman horse apple",
        "欢度佳节 迎接新年 互道祝福 举家欢庆",
    ),
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in _TABLE}
"""All themes by name (design of the suite)."""
