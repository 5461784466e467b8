"""What a picture's time, weather, scene and kind of thing are called; no name contains a noun of a concept."""

from mmtg.world.filling import words

Names = dict[str, tuple[str, ...]]


def names(**table: str) -> Names:
    """A table of words by what they name; white space parts the words."""
    return {value: words(text) for value, text in table.items()}


TIME_NAMES = names(dawn="清晨 早上 黎明", day="白天 中午 午后", dusk="黄昏 傍晚 日落", night="夜里 晚上 深夜")
WEATHER_NAMES = names(
    clear="晴天 天晴 晴朗", cloudy="阴天 多云 天阴", rain="下雨 雨天", snow="下雪 雪天", fog="有雾 大雾 雾天"
)
SCENE_NAMES = names(
    sky="天上 空中 天空", field="草地 野外 田野", water="水里 水上 水面", desert="沙地 黄沙里", table="桌上 桌面 桌子"
)
KIND_NAMES = names(
    light="光 发光的",
    weather="天象 自然现象",
    animal="动物 小动物",
    toy="玩具 玩的",
    vehicle="交通工具 车船",
    plant="植物 花草树木",
    fruit="水果 果子",
    landscape="风景 山川",
    water="水 流水",
    building="建筑 房子",
    thing="物品 用品",
)
PRESENCE_NAMES = names(yes="有 有的 是的", no="没有 没 没看到")
VAGUE = ("不知道", "看不清", "不确定")
"""Answers of those who will not say."""

WEATHER_ADJECTIVES = names(clear="晴朗", cloudy="阴沉 多云", rain="下雨 细雨", snow="下雪 飘雪", fog="起雾 雾蒙蒙")
"""Before 的."""

WEATHER_NEWS = names(
    clear="天晴了 放晴了", cloudy="天阴了 变天了", rain="下雨了 下大雨了", snow="下雪了 飘雪了", fog="起雾了 起大雾了"
)
"""What one says of it in a post."""

PLACES = names(
    sky="天上 半空中", field="草地上 田野里", water="水面上 水边", desert="沙地上 黄沙中", table="桌上 桌面上"
)
"""Where a caption finds the thing, by its scene."""
