//! Traditional and simplified Chinese: characters that only one of both has.
//!
//! Pairs were chosen by hand from common characters, the traditional one first. Left out is what both
//! write, if only in a name or a rare word: 后 (empress) beside 後, 里 (mile) beside 裡, 干, 云, 丰, 党,
//! 划, 胜, 据, 叶, 愿, 万, 无, 与, 于. Japanese shares many of the simplified ones (国, 学, 来): a text
//! with kana is not judged by them.

/// Pairs, one after the other.
const PAIRS: &str = "國国愛爱學学會会說说話话語语讀读書书寫写詩诗詞词請请謝谢認认識识讓让議议論论設设許许試试該该\
誰谁調调談谈證证譯译護护變变貝贝財财責责敗败貨货質质貴贵費费資资賣卖買买賽赛贊赞車车軍军軟软較较載载輕轻輪轮\
輸输轉转農农邊边過过進进運运達达遠远還还這这選选遺遗鄉乡醫医釋释銀银鐵铁錢钱鋼钢錄录鎮镇鐘钟長长門门開开關关\
閉闭問问間间聞闻陽阳陰阴陳陈陸陆隊队階阶際际隨随險险隱隐雖虽雞鸡難难電电靈灵靜静頁页頂顶項项順顺須须預预領领\
頭头題题類类顯显風风飛飞飯饭飲饮館馆馬马駐驻騎骑驗验驚惊體体發发魚鱼鳥鸟鳴鸣鴨鸭麥麦點点齊齐齒齿龍龙龜龟專专\
業业東东絲丝兩两嚴严喪丧個个臨临為为麗丽舉举義义烏乌樂乐喬乔習习亂乱爭争虧亏亞亚產产畝亩親亲億亿僅仅從从倉仓\
儀仪們们價价眾众優优傳传傷伤倫伦偉伟側侧偵侦債债傾倾償偿兒儿蘭兰興兴養养獸兽岡冈軒轩凱凯擊击劉刘則则剛刚創创\
劇剧勸劝辦办務务動动勵励勁劲勞劳勢势區区協协單单盧卢衛卫廠厂廳厅歷历壓压縣县參参雙双號号嘆叹嗎吗啟启吳吴員员\
聽听響响喚唤園园圍围圖图圓圆聖圣場场壞坏塊块堅坚壇坛墳坟壟垄處处備备復复奪夺奮奋獎奖婦妇媽妈孫孙寶宝實实寵宠\
審审憲宪賓宾對对尋寻導导將将爾尔塵尘嘗尝層层屆届屬属歲岁島岛嶺岭峽峡幣币師师帶带幫帮廣广莊庄慶庆庫库應应廟庙\
龐庞廢废異异張张彌弥彎弯彈弹歸归當当徹彻徑径懷怀態态憂忧懼惧戀恋惡恶惱恼慣惯憶忆懸悬戰战戲戏撲扑執执擴扩掃扫\
揚扬擾扰撫抚拋抛搶抢報报擔担擬拟擁拥攔拦擇择損损換换攝摄擺摆攤摊敵敌數数斷断舊旧時时曉晓暫暂機机殺杀雜杂權权\
條条來来楊杨構构槍枪標标棧栈樹树樣样橋桥檢检樓楼歡欢歐欧殘残殼壳毀毁畢毕氣气漢汉湯汤溝沟滬沪潔洁淺浅測测濟济\
濃浓濤涛漲涨潤润漁渔滅灭燈灯爐炉煉炼爛烂燭烛煩烦燒烧熱热爺爷狀状獨独獄狱獵猎環环現现瑪玛璽玺畫画暢畅療疗瘋疯\
盜盗監监蓋盖盤盘礦矿碼码確确磚砖禮礼禍祸離离種种積积稱称穩稳窮穷竊窃競竞筆笔簡简籃篮籌筹籠笼糧粮糾纠紅红約约\
級级紀纪純纯紙纸線线練练組组細细終终結结給给絕绝統统經经維维綠绿綜综續续網网緊紧績绩總总縮缩織织繼继羅罗罰罚\
職职聯联腦脑膚肤臉脸艦舰藝艺節节蘇苏藥药蕭萧薩萨藍蓝蠻蛮補补襲袭裝装見见規规視视覺觉覽览觀观觸触計计訂订記记\
討讨訓训訪访訴诉評评詢询詳详誠诚誤误課课諾诺謀谋講讲賢贤賀贺趙赵趕赶躍跃連连遲迟適适鄰邻鄧邓鄭郑針针鈴铃鉛铅\
銅铜銷销鋒锋錯错鍵键鏡镜閃闪闊阔韓韩韻韵頓顿頻频顆颗額额顏颜顧顾飄飘飾饰駕驾驅驱鮮鲜鴻鸿鹽盐齡龄";

/// The pairs: traditional, simplified.
pub(super) fn pairs() -> impl Iterator<Item = (char, char)> {
    let mut characters = PAIRS.chars();
    std::iter::from_fn(move || Some((characters.next()?, characters.next()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_character_is_in_two_pairs() {
        assert_eq!(PAIRS.chars().count() % 2, 0);
        let mut seen = HashSet::new();
        for (traditional, simplified) in pairs() {
            assert_ne!(traditional, simplified);
            for c in [traditional, simplified] {
                assert!(('\u{4e00}'..='\u{9fff}').contains(&c), "{c}");
                assert!(seen.insert(c), "{c} occurs twice");
            }
        }
        assert!(seen.len() > 800, "{} characters", seen.len());
    }
}
