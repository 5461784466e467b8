"""What people write below a post, and in it; no word here contains a noun of a concept."""

from mmtg.world.filling import words
from mmtg.world.names import names

ON_CONCEPT = words(
    """
    哇，{noun} {noun}真好看 这{noun}绝了 好棒的{noun} 太爱这{noun}了 {noun}啊{noun} 快看{noun} 是{noun}呀 居然是{noun}
    原来是{noun} 一眼看到{noun} {adjective}的{noun} {adjective}的{noun}啊 好一个{adjective}的{noun} {noun}{predicate}
    看，{noun}{predicate} {noun}{predicate}呀 {predicate}的{noun} 这{adjective}的{noun}
    这是哪里的{noun} {noun}在哪拍的 哪来的{noun} 谁的{noun}呀 这是{noun}吧 {noun}是真的吗 怎么拍到{noun}的
    为什么{noun}{predicate} 你也{act}{noun}吗 还有别的{noun}吗 这么{adjective}的{noun}？
    小时候的{noun} 老家也有{noun} 又见{noun}了 好久没见{noun}了 想念{adjective}的{noun} 梦见过{noun} 小时候{act}{noun}
    梦里{act}{noun} 想起那年的{noun} 记得那{adjective}的{noun} 从前也{act}{noun}
    {noun}拍得真好 给{noun}点赞 爱了，{noun} 喜欢这{noun} 最爱{adjective}的{noun} {noun}好治愈 被{noun}治愈了
    羡慕你有{noun} 我也想{act}{noun} 下次一起{act}{noun} 陪你{act}{noun} 为{noun}而来 {noun}谁不爱呢 这{noun}有故事
    求{noun}原图 {noun}当壁纸了
    """
)
"""Comments on what the picture shows: exclamations, questions, memories, praise."""

ON_SKY = words(
    """
    {time} {weather} {clock}{news} {clock}好
    {clock}真美 这是{clock}吗 你那{news}？ {clock}拍的吧 看样子{news}
    """
)
"""Comments on time of day and weather: ``clock`` and ``news`` name them, ``time`` and ``weather`` are below."""

ON_TIME = names(
    dawn="起得真早 早安呀 清晨的光真柔 这么早就出门 天刚亮就醒了",
    day="午安呀 大白天真亮堂 大中午的 午后最舒服 白天真好",
    dusk="晚霞真美 天快黑了 黄昏最温柔 傍晚的风真好 日落总是好看",
    night="晚安呀 这么晚还不睡 夜深了 夜里真安静 深夜还在外面",
)
ON_WEATHER = names(
    clear="天气真好 今天好晴朗 难得的好天气 万里无云呢 这天真清爽",
    cloudy="天阴阴的 要下雨了吧 阴天也不错 云好厚 天色有点暗",
    rain="记得带伞 雨好大 听雨真舒服 淋湿了吗 这雨下得真大",
    snow="好大的雪 雪真美 冷不冷呀 多穿点衣服 一片白茫茫",
    fog="雾好大 什么都看不清 雾里真美 开车小心雾 像仙境一样",
)

ON_TOLD = words(
    """
    我也看见{noun}了 {noun}在哪呀 哪有{noun} 怎么没拍{noun} 说好的{noun}呢 也想看{noun} 不是说{noun}吗 {noun}也好看
    我更想看{noun} 先看看{noun}
    """
)
"""Comments on a concept that the text names."""

ON_NEWS = words(
    """
    我这也{news} 你那也{news}呀 真的{news}吗 难怪{news}
    怎么就{news} 我说呢，{news} {clock}出门吗 {clock}还好吗 怪不得{news}
    """
)
"""Comments on a text about day and weather."""

ON_MOOD = names(
    negative="怎么了呀 抱抱你 别难过 会好起来的 哭出来就好 谁惹你了 我陪着你 别想太多 早点休息吧 一切都会过去",
    neutral="平平淡淡才是真 这样也挺好 我也一样 慢慢来吧 发呆也不错 同感同感 常有的事 想开点吧 这就是生活",
    positive="替你高兴 什么好事呀 开心就好 分享一下嘛 沾沾喜气 笑得真甜吧 天天开心呀 你开心我也开心 好心情传染了我",
)
"""Comments on the mood that the text tells."""

OF_MOOD = names(
    negative="心好累 看哭了 突然好伤感 有点心酸 鼻子一酸 好想哭 泪目了 莫名难过",
    neutral="嗯嗯嗯 路过看看 前排围观 打卡打卡 来了来了 占个位置 随便看看 默默飘过",
    positive="哈哈哈 太好笑了 赞赞赞 美滋滋 心情真好 看笑了 好喜欢呀 甜到心里",
)
"""Comments that tell a mood of their own and nothing else."""

POST_ON_DAY = words(
    """
    {clock}{news} {clock}，{news} 今天{news} {news}，出门走走
    {clock}出来走走 {clock}醒来，{news} 一到{clock}就{news} 又是{clock}
    """
)
"""Post texts about the day and its weather."""
