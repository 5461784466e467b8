"""The things the world is made of, and the Chinese words for each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mmtg.errors import InputError
from mmtg.world.skies import TIMES, WEATHERS


@dataclass(frozen=True)
class Concept:
    """One thing that can be painted and spoken of.

    The nouns alone name it: no noun of a concept occurs in any other word of the world.

    Attributes:
        name: English name, the key in CONCEPTS.
        kind: what sort of thing it is, a coarser label than the name.
        scene: where it stands, one of the scenes of the backdrop.
        nouns: Chinese nouns, 2 to 3 characters each.
        place: the character that turns a noun into a place ("月光" + "下").
        adjectives: 2 characters each, to stand before 的.
        predicates: what it does or is, to follow a noun.
        acts: what one does to it, to precede a noun.
        times: times of day at which poems meet it.
        weathers: weathers in which poems meet it.
    """

    name: str
    kind: str
    scene: str
    nouns: tuple[str, ...]
    place: str
    adjectives: tuple[str, ...]
    predicates: tuple[str, ...]
    acts: tuple[str, ...]
    times: tuple[str, ...]
    weathers: tuple[str, ...]


def _concepts(table: str) -> Iterator[Concept]:
    rows = [row for row in table.strip().split("\n") if not row.startswith("#")]
    for head, tail in zip(rows[::2], rows[1::2], strict=True):
        name, kind, scene, nouns, place, adjectives, acts = _cells(head)
        predicates, times, weathers = _cells(tail) if "|" in tail else (*_cells(tail), TIMES, WEATHERS)
        yield Concept(name[0], kind[0], scene[0], nouns, place[0], adjectives, predicates, acts, times, weathers)


def _cells(row: str) -> list[tuple[str, ...]]:
    return [tuple(cell.split()) for cell in row.split("|")]


# Two lines for each: name, kind, scene, nouns, place, adjectives, acts; then predicates and, where poems do
# not meet the concept at all times of day and in all weathers, times and weathers.
_TABLE = """
# In the air.
moon | light | sky | 月亮 月光 明月 | 下 | 皎洁 清冷 温柔 | 望着 抬头看 想起
    照着空城 照进梦里 悄悄升起 洒满人间 挂在天边 | dusk night | clear cloudy
sun | light | sky | 太阳 骄阳 艳阳 | 下 | 温暖 火红 金色 | 望着 追着 迎着
    照亮山岗 缓缓落下 染红天边 照在脸上 晒暖人间 | dawn day dusk | clear cloudy
star | light | sky | 星星 繁星 星光 | 下 | 闪烁 遥远 微小 | 数着 仰望 摘下
    眨着眼睛 落满夜空 亮了一夜 坠入银河 照着归途 | dusk night | clear cloudy
cloud | weather | sky | 白云 云朵 浮云 | 下 | 柔软 轻盈 悠悠 | 看着 追着 目送
    飘过头顶 慢慢散开 飘向远方 停在天边 变了模样 | dawn day dusk night | clear cloudy
rainbow | weather | sky | 彩虹 长虹 | 下 | 绚丽 七彩 明艳 | 望着 遇见 等来
    挂在天边 跨过山岗 横在半空 忽然出现 落进眼里 | dawn day dusk | clear cloudy rain
goose | animal | sky | 大雁 雁群 归雁 | 下 | 南飞 远行 疲惫 | 目送 望着 数着
    飞过天际 往南飞去 排成一行 带走秋天 飞向故乡
bird | animal | field | 小鸟 飞鸟 鸟儿 | 旁 | 自由 轻快 羞怯 | 听着 惊起 看着
    叫醒清晨 落在枝头 唱着情歌 飞过屋檐 扑着翅膀
kite | toy | sky | 风筝 纸鸢 | 下 | 断线 五彩 高飞 | 放飞 牵着 追着
    飞上蓝天 断了长线 越飞越远 随风远去 飘在半空
balloon | toy | sky | 气球 红气球 | 下 | 鲜艳 圆圆 轻飘 | 牵着 放飞 松开
    飞上蓝天 慢慢升高 飘过广场 飞出手心 越飘越远
plane | vehicle | sky | 飞机 客机 | 上 | 银色 晚点 远去 | 望着 目送 等着
    飞过头顶 穿过长空 划过天际 飞往远方 缓缓降落
# Animals.
horse | animal | field | 骏马 白马 马儿 | 旁 | 奔腾 健壮 不羁 | 骑着 牵着 追着
    踏过草原 奔向天边 扬起尘土 低头吃草 跑过山岗
fish | animal | water | 金鱼 鱼儿 游鱼 | 旁 | 活泼 调皮 无忧 | 喂着 看着 养着
    吐着泡泡 游来游去 跃出水面 沉入水底 逆流而上
butterfly | animal | field | 蝴蝶 彩蝶 | 旁 | 翩翩 斑斓 轻盈 | 追着 画着 看着
    停在花间 飞过草地 成双成对 张开翅膀 绕着你飞
cat | animal | field | 小猫 猫咪 花猫 | 旁 | 慵懒 贪睡 温顺 | 抱着 喂着 逗着
    伸着懒腰 睡在午后 眯着眼睛 跳上屋顶 蹭着裤脚
dog | animal | field | 小狗 黄狗 狗儿 | 旁 | 忠诚 欢快 可爱 | 牵着 喂着 抱着
    摇着尾巴 跑过田野 守在村口 跟在身后 叫了几声
rabbit | animal | field | 白兔 兔子 | 旁 | 胆小 机灵 乖巧 | 抱着 喂着 追着
    竖起耳朵 跳过草地 藏在草丛 啃着青草 红着眼睛
camel | animal | desert | 骆驼 驼队 | 旁 | 疲惫 沉默 高大 | 骑着 牵着 跟着
    走向天边 走过戈壁 慢慢前行 踩着黄沙 不怕路远
whale | animal | water | 鲸鱼 蓝鲸 | 旁 | 孤独 巨大 深海 | 遇见 追着 梦见
    跃出海面 潜入深海 游向远洋 唱着情歌 喷出水柱
turtle | animal | desert | 乌龟 海龟 | 旁 | 缓慢 长寿 安静 | 养着 看着 放生
    慢慢爬行 缩进壳里 爬向大海 活了百年 晒着暖阳
snail | animal | field | 蜗牛 小蜗牛 | 旁 | 缓慢 倔强 胆怯 | 看着 数着 学着
    背着重壳 慢慢爬行 爬上墙头 不怕路远 探出触角
# Plants.
tree | plant | field | 大树 老树 绿树 | 下 | 茂盛 沧桑 参天 | 靠着 种下 抱着
    站在村口 落尽黄叶 遮住天空 守着故乡 迎风生长
willow | plant | field | 柳树 垂柳 柳枝 | 下 | 依依 嫩绿 轻柔 | 折下 靠着 轻抚
    随风轻摆 吐出新芽 垂到水面 绿了春天 拂过肩头
pine | plant | field | 青松 松树 | 下 | 挺拔 常青 苍翠 | 靠着 种下 仰望
    站在山顶 不怕严寒 傲立风中 四季常青 守着山岗
bamboo | plant | field | 竹林 翠竹 竹影 | 里 | 清瘦 幽静 挺拔 | 穿过 画着 听着
    随风摇曳 沙沙作响 节节生长 映在墙上 四季常青
plum | plant | field | 梅花 红梅 寒梅 | 旁 | 傲雪 清香 孤傲 | 折下 闻着 寻找
    开在墙角 迎风绽放 暗香浮动 不怕严寒 落了一地
lotus | plant | water | 荷花 莲花 荷叶 | 旁 | 清香 亭亭 洁净 | 画着 采下 看着
    开满池塘 出水而立 随风摇曳 托着露珠 香满夏天
sunflower | plant | field | 向日葵 葵花 | 旁 | 金黄 灿烂 倔强 | 种下 画着 看着
    昂起了头 开满山坡 迎光生长 向着光亮 低下了头
rose | plant | field | 玫瑰 红玫瑰 | 旁 | 带刺 娇艳 盛开 | 捧着 献上 种下
    开在心上 渐渐凋谢 散着芬芳 带着尖刺 为你盛开
maple | plant | field | 枫叶 红叶 枫林 | 旁 | 绚烂 飘零 深秋 | 捡起 收藏 踩着
    红遍山岗 飘落一地 红透深秋 随风飘零 铺满小路
wheat | plant | field | 麦田 麦穗 麦子 | 旁 | 金黄 饱满 沉甸 | 守着 走过 收割
    随风起伏 低下了头 堆满粮仓 一片金黄 迎来丰年
apple | fruit | table | 苹果 红苹果 | 旁 | 香甜 熟透 青涩 | 摘下 咬着 分享
    挂满枝头 红透了脸 熟在秋天 落在草地 散着果香
grape | fruit | table | 葡萄 紫葡萄 | 旁 | 酸甜 晶莹 熟透 | 摘下 品尝 种下
    挂满枝头 熟在夏末 一串一串 酿成甜蜜 爬满藤架
mushroom | plant | field | 蘑菇 小蘑菇 | 旁 | 鲜嫩 潮湿 可爱 | 采着 寻找 画着
    撑开小帽 冒出泥土 长在林间 躲在草丛 悄悄生长
cactus | plant | desert | 仙人掌 仙人球 | 旁 | 带刺 倔强 耐旱 | 养着 种下 守着
    长满尖刺 开出小花 守着荒原 不怕干旱 立在风里
# Land, water and what is built there.
mountain | landscape | field | 雪山 群山 山峰 | 下 | 巍峨 沉默 遥远 | 翻过 望着 登上
    高耸入云 站成永恒 白了头发 连绵不断 守着天空
river | water | field | 小河 河水 河流 | 边 | 清澈 弯弯 流淌 | 蹚过 沿着 听着
    流向远方 绕过村庄 不再回头 缓缓流淌 映着天空
wave | water | water | 海浪 浪花 潮水 | 里 | 汹涌 咸咸 不息 | 听着 追着 迎着
    拍打礁石 卷走脚印 涌上沙滩 来来去去 一夜不停
dune | landscape | desert | 沙丘 沙漠 大漠 | 里 | 荒凉 金黄 干渴 | 走过 穿越 翻过
    没有尽头 掩埋脚印 起伏不断 一片苍茫 望不到边
boat | vehicle | water | 小船 木船 孤舟 | 上 | 漂泊 摇晃 晚归 | 摇着 划着 等着
    漂在水上 靠在岸边 随波漂流 慢慢摇晃 划过水面
sail | vehicle | water | 帆船 白帆 | 旁 | 远航 迎风 晚归 | 望着 目送 等待
    驶出港湾 驶向天边 乘风远航 消失天际 迎着海风
bridge | building | water | 石桥 小桥 桥头 | 边 | 弯弯 古老 寂静 | 走过 路过 守着
    连着两岸 横在水上 等着旧人 走过千年 沉默不语
lighthouse | building | water | 灯塔 航灯 | 旁 | 孤独 明亮 远处 | 望着 守着 寻找
    守着海岸 指引归途 照亮海面 亮在远方 等着归人
house | building | field | 老屋 木屋 小屋 | 里 | 破旧 温暖 低矮 | 守着 回到 走进
    升起炊烟 等着归人 空了多年 立在村口 藏着童年
pagoda | building | field | 古塔 宝塔 塔尖 | 下 | 高耸 沉默 千年 | 登上 望着 绕着
    立在山顶 刺破长空 看尽沧桑 守着古城 站了千年
door | building | field | 木门 大门 门扉 | 前 | 紧闭 斑驳 朱红 | 推开 关上 轻敲
    轻轻关上 半开半掩 吱呀作响 等人来敲 为谁敞开
window | building | field | 窗户 小窗 木窗 | 前 | 明亮 半开 安静 | 推开 关上 擦亮
    透进微光 开向大海 落满灰尘 朝着远方 结了薄霜
well | building | field | 古井 水井 | 边 | 干涸 幽深 清凉 | 守着 望着 路过
    映着天空 藏着往事 养活一村 长满青苔 早已干涸
fence | building | field | 篱笆 栅栏 | 旁 | 矮矮 破旧 整齐 | 翻过 修好 倚着
    围住小院 爬满青藤 隔开你我 圈住童年 倒在风里
windmill | building | field | 风车 大风车 | 下 | 旋转 不停 古老 | 看着 画着 转动
    转个不停 慢慢转动 转过四季 迎风旋转 停在田野
tent | building | field | 帐篷 小帐篷 | 里 | 温暖 简陋 安静 | 搭起 守着 钻进
    搭在山坡 挡住风寒 亮着微光 扎在湖边 装满笑声
# Things.
lantern | thing | sky | 灯笼 红灯笼 花灯 | 下 | 喜庆 明亮 摇晃 | 提着 挂起 点亮
    照亮长街 高高挂起 照着归人 亮了一夜 随风摇晃
candle | thing | table | 蜡烛 烛光 红烛 | 下 | 微弱 摇曳 温暖 | 点燃 吹灭 守着
    流着热泪 照着旧梦 燃到天明 渐渐熄灭 轻轻摇曳
wine | thing | table | 酒杯 红酒 美酒 | 前 | 辛辣 香醇 微醺 | 举起 斟满 饮下
    敬着往事 装满心事 醉了一夜 暖了愁肠 一饮而尽
teapot | thing | table | 茶壶 清茶 热茶 | 旁 | 滚烫 清淡 袅袅 | 捧着 端起 煮着
    冒着热气 慢慢变凉 暖了双手 泡着时光 飘着清香
umbrella | thing | field | 雨伞 纸伞 | 下 | 湿透 破旧 撑开 | 撑着 收起 借来
    遮住天空 忘在角落 为你撑开 挡住风雨 倚在墙角
train | vehicle | field | 火车 列车 | 上 | 绿皮 轰鸣 晚点 | 追着 等着 坐上
    驶向远方 穿过隧道 带走了你 鸣着长笛 开往故乡
bicycle | vehicle | field | 单车 自行车 | 旁 | 破旧 轻快 生锈 | 骑着 推着 修好
    穿过小巷 载着青春 靠在墙边 响过长街 驶过田野
book | thing | table | 书本 书页 诗集 | 里 | 泛黄 厚厚 沉默 | 翻开 合上 读着
    写满心事 夹着旧梦 落满灰尘 翻到最后 讲着往事
letter | thing | table | 信封 信笺 来信 | 里 | 泛黄 薄薄 迟到 | 拆开 寄出 收到
    藏着心事 没有寄出 写满思念 来自远方 压在箱底
bell | thing | table | 铃铛 铜铃 | 旁 | 清脆 悦耳 生锈 | 摇响 听着 系上
    叮当作响 随风摇响 响在远处 唤醒清晨 挂在屋檐
clock | thing | table | 时钟 闹钟 钟表 | 旁 | 滴答 疲倦 停摆 | 听着 看着 拨慢
    滴答作响 走个不停 停在那年 催着时光 不肯停下
swing | toy | field | 秋千 旧秋千 | 上 | 摇荡 空空 轻轻 | 荡起 推着 坐上
    荡过童年 越荡越高 轻轻摇晃 空了很久 停在风里
scarecrow | thing | field | 稻草人 草人 | 旁 | 孤独 忠诚 沉默 | 扎起 守着 看着
    守着田野 张开双臂 戴着破帽 不会说话 站在秋天
drum | thing | table | 大鼓 战鼓 花鼓 | 旁 | 激昂 震天 沉重 | 敲响 听着 擂起
    响彻云霄 敲在心上 震动山谷 催人前行 响了一夜
fan | thing | table | 折扇 纸扇 扇子 | 旁 | 素雅 泛黄 轻巧 | 摇着 打开 合上
    轻轻摇动 扇走炎热 遮住容颜 画着江南 送来清风
guitar | thing | table | 吉他 琴弦 | 旁 | 破旧 走调 动人 | 弹着 抱着 拨动
    唱着老歌 弹断青春 落满灰尘 伴着情歌 轻轻颤动
snowman | toy | field | 雪人 小雪人 | 旁 | 胖胖 可爱 洁白 | 堆起 抱着 画着
    慢慢融化 戴着围巾 站在院里 咧嘴微笑 守着冬天
bench | thing | field | 长椅 木椅 | 上 | 空空 冰冷 褪色 | 坐上 路过 擦净
    空了很久 等着旧人 落满黄叶 坐着老人 守着公园
streetlamp | light | field | 路灯 街灯 | 下 | 昏黄 孤单 微弱 | 望着 路过 数着
    拉长身影 照着归途 亮到天明 忽明忽暗 站了一夜 | dusk night | clear cloudy rain snow fog
campfire | light | field | 篝火 火堆 | 旁 | 温暖 熊熊 跳动 | 围着 点燃 守着
    照红脸庞 暖了长夜 噼啪作响 燃到天明 渐渐熄灭
shell | thing | desert | 贝壳 海贝 | 旁 | 洁白 斑斓 小小 | 捡起 收藏 串起
    躺在沙滩 藏着海声 唱着潮汐 闪着微光 带着咸味
key | thing | table | 钥匙 旧钥匙 | 旁 | 生锈 丢失 冰冷 | 丢了 握着 寻找
    打开回忆 锁住往事 丢在风里 挂在墙上 躺在手心
"""

CONCEPTS: dict[str, Concept] = {concept.name: concept for concept in _concepts(_TABLE)}
"""All concepts by name (design of the suite)."""


def concept_named(name: str) -> Concept:
    """Look up a concept.

    Args:
        name: name of a concept.

    Returns:
        The concept of that name.

    Raises:
        InputError: no concept has the name.
    """
    if name not in CONCEPTS:
        raise InputError(f"no concept is called {name!r}; there are {', '.join(CONCEPTS)}")
    return CONCEPTS[name]


def mentions(text: str | Iterable[str], concept: str) -> bool:
    """Whether a text names a concept by any of its nouns.

    Args:
        text: one line or several.
        concept: name of a concept.

    Returns:
        True if any noun of the concept occurs within any of the lines.

    Raises:
        InputError: no concept has the name.
    """
    lines = (text,) if isinstance(text, str) else tuple(text)
    return any(noun in line for noun in concept_named(concept).nouns for line in lines)
