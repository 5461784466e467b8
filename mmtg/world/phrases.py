"""Words that belong to a mood or to no concept at all; none of them contains a noun of a concept."""

Words = dict[str, tuple[str, ...]]


def _words(**slots: str) -> Words:
    return {slot: tuple(text.split()) for slot, text in slots.items()}


MOOD_WORDS: dict[str, Words] = {
    "negative": _words(
        adverb="独自 默默 黯然 落寞",
        clause=(
            "独自叹息 忍住眼泪 想起离别 孤身一人 低声哭泣 失声痛哭 藏起心事 苦苦等候 彻夜难眠 "
            "落下眼泪 不敢回头 湿了眼眶 黯然神伤 说不出再见 独饮悲伤 转身离开"
        ),
        feeling="孤单 离愁 忧伤 悲伤 思念 眼泪 遗憾 叹息 心痛 失落 寂寞 哀愁",
        moves="漫过心头 无处安放 爬上眉梢 压在胸口 越来越深 挥之不去 淹没了我 说不出口",
        together="都沉默 已老去 各一方 无人问 也悲伤",
        mood_text=(
            "心里空落落的 有点想哭 好难过 说不出的难受 一个人好孤单 眼泪停不下来 很累很累 "
            "有些失落 不知道该怎么办 好想逃走 心好痛 提不起劲 什么都不想说 怎么也睡不着"
        ),
    ),
    "neutral": _words(
        adverb="静静 轻轻 慢慢 悄悄",
        clause=(
            "望天发呆 来回踱步 想起从前 听风吹过 站了很久 坐了一会 放慢脚步 停下脚步 默默无言 "
            "闭上眼睛 等一个人 等风吹来 谈起往事 写一首诗 一言不发 听一首老歌"
        ),
        feeling="时光 日子 记忆 往事 心事 回忆 岁月 年华 故事 光阴 人生",
        moves="慢慢走远 静静流过 轻轻翻过 不声不响 来了又走 停在心底 有始有终 就这样过去",
        together="都安静 还如旧 在等候 各无言 入画来",
        mood_text=(
            "心里很平静 想一个人静静 没什么特别的 日子照常过 发了一会呆 不悲也不喜 有点困了 "
            "就这样吧 慢慢走着 脑子放空 随便逛逛 一切如常 听听歌 想起了从前"
        ),
    ),
    "positive": _words(
        adverb="微笑 开心 欢快 尽情",
        clause=(
            "露出微笑 牵起双手 唱起了歌 满怀希望 笑着相拥 听见笑声 许下心愿 说好永远 放声欢笑 "
            "翩翩起舞 感到温暖 忘了烦恼 尽情奔跑 张开双臂 拥抱明天 相视而笑"
        ),
        feeling="幸福 希望 笑容 欢乐 温暖 甜蜜 美梦 快乐 喜悦 勇气 祝福 爱意",
        moves="涌上心头 落在掌心 写在脸上 填满胸膛 就在眼前 悄悄发芽 一路相随 唱成了歌",
        together="都温柔 多美好 都明亮 正相配 也欢喜",
        mood_text=(
            "好开心 心里暖暖的 好幸福 忍不住笑出声 想大声唱歌 一切都很美好 充满希望 高兴极了 "
            "浑身都是力气 生活真甜 笑个不停 好想跳舞 遇到了好事 感到很满足"
        ),
    ),
}
"""Per mood: adverbs, clauses, feelings, what feelings do, what two things share, and step texts."""

COMMON_WORDS: Words = _words(
    who="我 你 我们 有人 谁",
    like="像 好像 如同 就像",
    of="的",
    and_="和 与",
    witness="知道我的 记得我的 藏着 带走了 唤起",
    memory="那年 从前 曾经 当年 记忆里 梦里 那时候 多年以前",
)
"""Words for any mood."""

MOOD_TEXT_PREFIXES = ("", "此刻", "今天", "这会儿", "一路上")
"""What may stand before the step text of a mood."""

EMPHATIC = (
    "只记得{noun}",
    "梦里都是{noun}",
    "忘不了{noun}",
    "忘不了那{adjective}的{noun}",
    "心里只有{noun}",
    "心里只有{adjective}的{noun}",
    "满脑子都是{noun}",
    "最难忘的是{noun}",
    "只想着{adjective}的{noun}",
    "念念不忘{noun}",
    "回忆里全是{noun}",
    "除了{noun}什么都忘了",
)
"""Step texts about nothing but the concept: the couplet speaks of it alone."""

PLAIN = (
    "看见{noun}",
    "看到{adjective}的{noun}",
    "遇见了{noun}",
    "旁边有{noun}",
    "身边是{adjective}的{noun}",
    "远处有{noun}",
    "又见{noun}",
    "那里有{adjective}的{noun}",
    "拍下了{noun}",
    "眼前是{noun}",
    "这里还有{noun}",
    "顺便看了看{noun}",
)
"""Step texts that name the concept in passing: the couplet speaks of picture and text."""
